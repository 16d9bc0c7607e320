// Conversion of one jit graph; see function_reader.h.
#include "torchscript/function_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "torchscript/source_location.h"

namespace deploytool::ts {

namespace {

/// Operators that only a trace emits: Python code compiles to others.
bool isTraceOnly(c10::Symbol kind) {
  static const std::array names = {"aten::_convolution", "prim::NumToTensor", "aten::ScalarImplicit", "aten::IntImplicit",
                                   "aten::FloatImplicit"};
  const std::string name = kind.toQualString();
  return std::find(names.begin(), names.end(), name) != names.end();
}

template <class T>
Value listOf(const std::vector<T>& items) {
  auto list = std::make_shared<List>();
  for (const auto& item : items) list->items.push_back(Value{item});
  return Value{list};
}

/// `__torch__.net.___torch_mangle_3.Encoder.forward` is `Encoder.forward`; a free function keeps its last name.
std::string shortName(const torch::jit::Function& function, bool isMethod) {
  const auto& atoms = function.qualname().atoms();
  if (isMethod && atoms.size() >= 2) return atoms[atoms.size() - 2] + "." + atoms.back();
  return atoms.back();
}

/// The constant of no axes that an arithmetic operator of two tensors has as its second operand: a trace writes numbers
/// so. libtorch makes a number of it again before it runs a graph, and numbers count for less in promotion.
std::optional<c10::Scalar> numberOperand(torch::jit::Node& node) {
  static const std::array schemas = {"aten::add(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
                                     "aten::sub(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
                                     "aten::mul(Tensor self, Tensor other) -> Tensor",
                                     "aten::div(Tensor self, Tensor other) -> Tensor"};
  if (std::none_of(schemas.begin(), schemas.end(), [&](const char* schema) { return node.matches(schema); })) return {};
  if (node.inputs().size() > 2 && node.input(2)->node()->kind() != c10::prim::Constant) return {};
  const auto constant = torch::jit::toIValue(node.input(1));
  if (!constant || !constant->isTensor() || !constant->toTensor().defined() || constant->toTensor().dim() != 0) return {};
  const auto type = constant->toTensor().scalar_type();
  if (!c10::isFloatingType(type) && !c10::isIntegralType(type, false)) return {};
  return constant->toTensor().item();
}

std::vector<torch::jit::Node*> nodesWithNumberOperands(torch::jit::Block& block) {
  std::vector<torch::jit::Node*> found;
  for (auto* node : block.nodes()) {
    for (auto* inner : node->blocks()) {
      const auto more = nodesWithNumberOperands(*inner);
      found.insert(found.end(), more.begin(), more.end());
    }
    if (numberOperand(*node)) found.push_back(node);
  }
  return found;
}

/// The graph as libtorch runs it: a copy, where it differs.
std::shared_ptr<torch::jit::Graph> withNumbers(const std::shared_ptr<torch::jit::Graph>& original) {
  if (nodesWithNumberOperands(*original->block()).empty()) return original;
  auto graph = original->copy();
  for (auto* node : nodesWithNumberOperands(*graph->block())) {
    const torch::jit::WithInsertPoint here(node);
    auto inputs = node->inputs().vec();
    inputs[1] = graph->insertConstant(*numberOperand(*node), node->sourceRange(), node->scope());
    auto* fresh = graph->insertNode(graph->create(node->kind(), inputs));
    fresh->copyMetadata(node);
    fresh->output()->copyMetadata(node->output());
    node->output()->replaceAllUsesWith(fresh->output());
    node->destroy();
  }
  return graph;
}

}  // namespace

ValueId FunctionReader::id(const torch::jit::Value* value) {
  return ids_.emplace(value, static_cast<ValueId>(ids_.size())).first->second;
}

std::shared_ptr<const Schema> FunctionReader::schema(const torch::jit::Node& node) {
  const auto* found = node.maybeSchema();
  if (found == nullptr) return nullptr;
  auto& entry = context_.schemas[found];
  if (!entry) entry = std::make_shared<const Schema>(toSchema(*found, context_.types));
  return entry;
}

SourceLocation FunctionReader::location(const torch::jit::Node& node) {
  auto place = sourceLocation(node.sourceRange());
  hasPythonStack_ = hasPythonStack_ || place.isPythonStack;
  // The wrapper that a trace makes around a module has an original too, but one without a file.
  hasScriptSource_ = hasScriptSource_ || (place.isOriginal && !place.isPythonStack && place.location.line > 0);
  if (place.location.function.empty()) place.location.function = shortName_;
  return std::move(place.location);
}

Status FunctionReader::readConstant(const torch::jit::Node& node, Node& into) {
  const auto* output = node.output();
  if (auto function = output->type()->cast<c10::FunctionType>()) {
    into.attributes["value"] = Value{FunctionRef{function->function()->qualname().qualifiedName()}};
    return {};
  }
  auto constant = torch::jit::toIValue(output);
  if (!constant) {
    return makeError(ExitCode::Unsupported, "a constant of type " + output->type()->repr_str());
  }
  auto value = context_.values.read(*constant);
  if (!value) return value.error();
  into.attributes["value"] = std::move(*value);
  return {};
}

Status FunctionReader::readAttributes(const torch::jit::Node& node, Node& into) {
  using torch::jit::AttributeKind;
  for (const auto& name : node.attributeNames()) {
    const std::string key = name.toUnqualString();
    switch (node.kindOf(name)) {
      case AttributeKind::s: into.attributes[key] = Value{node.s(name)}; break;
      case AttributeKind::i: into.attributes[key] = Value{static_cast<int64_t>(node.i(name))}; break;
      case AttributeKind::f: into.attributes[key] = Value{node.f(name)}; break;
      case AttributeKind::is: into.attributes[key] = listOf(node.is(name)); break;
      case AttributeKind::fs: into.attributes[key] = listOf(node.fs(name)); break;
      case AttributeKind::ss: into.attributes[key] = listOf(node.ss(name)); break;
      case AttributeKind::ty: into.typeList.push_back(context_.types.convert(node.ty(name))); break;
      case AttributeKind::tys:
        for (const auto& type : node.tys(name)) into.typeList.push_back(context_.types.convert(type));
        break;
      case AttributeKind::ival:
      case AttributeKind::t: {
        auto value = context_.values.read(node.kindOf(name) == AttributeKind::t ? c10::IValue(node.t(name))
                                                                                : node.ival(name));
        if (!value) return value.error();
        into.attributes[key] = std::move(*value);
        break;
      }
      default: break;  // graphs of fused nodes: an archive has none
    }
  }
  return {};
}

void FunctionReader::readCall(const torch::jit::Node& node) {
  if (node.kind() == c10::prim::CallFunction) {
    if (auto type = node.input(0)->type()->cast<c10::FunctionType>()) context_.onCall(*type->function());
    return;
  }
  const std::string& name = node.s(c10::attr::name);
  const auto& type = node.input(0)->type();
  if (auto klass = type->cast<c10::ClassType>()) {
    if (auto* method = klass->findMethod(name)) {
      context_.onCall(*method);
    } else if (auto* hook = klass->findHook(name)) {
      context_.onCall(*hook);
    }
  } else {
    context_.onInterfaceCall(name);
  }
}

Status FunctionReader::readNode(torch::jit::Node& node, Node& into) {
  into.kind = node.kind().toQualString();
  into.schema = schema(node);
  into.location = location(node);
  into.scope = node.scopeName();
  for (const auto* input : node.inputs()) into.inputs.push_back(id(input));
  for (const auto* output : node.outputs()) {
    into.outputs.push_back(id(output));
    into.outputTypes.push_back(context_.types.convert(output->type()));
  }
  const bool isCall = node.kind() == c10::prim::CallFunction || node.kind() == c10::prim::CallMethod;
  if (isCall) readCall(node);
  hasTraceOnly_ = hasTraceOnly_ || isTraceOnly(node.kind());
  hasControlFlow_ = hasControlFlow_ || node.kind() == c10::prim::If || node.kind() == c10::prim::Loop;
  Status status = node.kind() == c10::prim::Constant ? readConstant(node, into) : readAttributes(node, into);
  if (!status) {
    status.error().places.push_back(into.location.text());
    return status;
  }
  for (const auto* block : node.blocks()) {
    status = readBlock(*block, into.blocks.emplace_back());
    if (!status) return status;
  }
  // What prim::fork runs.
  if (node.hasAttribute(c10::attr::Subgraph))
    return readBlock(*node.g(c10::attr::Subgraph)->block(), into.blocks.emplace_back());
  return {};
}

Status FunctionReader::readBlock(const torch::jit::Block& block, Block& into) {
  for (const auto* input : block.inputs()) {
    into.inputs.push_back(id(input));
    into.inputTypes.push_back(context_.types.convert(input->type()));
  }
  for (const auto* node : block.nodes()) {
    auto status = readNode(*const_cast<torch::jit::Node*>(node), into.nodes.emplace_back());
    if (!status) return status;
  }
  for (const auto* output : block.outputs()) into.outputs.push_back(id(output));
  return {};
}

Result<std::shared_ptr<const Function>> FunctionReader::read(torch::jit::Function& function) {
  function.ensure_defined();
  auto result = std::make_shared<Function>();
  result->name = function.qualname().qualifiedName();
  const auto& schema = function.getSchema();
  for (const auto& argument : schema.arguments()) result->arguments.push_back(toArgument(argument, context_.types));
  for (const auto& value : schema.returns()) result->returns.push_back(toArgument(value, context_.types));
  const bool isMethod = !schema.arguments().empty() && schema.arguments()[0].name() == "self";
  shortName_ = shortName(function, isMethod);
  const auto graph = withNumbers(torch::jit::toGraphFunction(function).graph());
  auto status = readBlock(*graph->block(), result->body);
  if (!status) return status.error();
  result->valueCount = static_cast<int32_t>(ids_.size());
  result->traced = hasPythonStack_ || (hasTraceOnly_ && !looksScripted());
  return std::shared_ptr<const Function>(std::move(result));
}

}  // namespace deploytool::ts
