// Compiling TorchScript source; see compile.h.
#include "torchscript/compile.h"

#include <caffe2/serialize/versions.h>
#include <torch/csrc/jit/frontend/sugared_value.h>
#include <torch/csrc/jit/serialization/import_source.h>

#include "torchscript/load.h"
#include "torchscript/missing_schemas.h"

namespace deploytool::ts {

namespace {

constexpr const char* kModuleName = "__torch__.Compiled";

/// `ops`: its attributes are the namespaces of operators (`ops.torchvision.nms`).
struct Operators : torch::jit::SugaredValue {
  std::string kind() const override { return "operators"; }
  std::shared_ptr<SugaredValue> attr(const torch::jit::SourceRange&, torch::jit::GraphFunction&,
                                     const std::string& name) override {
    return std::make_shared<torch::jit::BuiltinModule>(name);
  }
};

/// `torch`, with `torch.ops` as Python has it.
struct Torch : torch::jit::BuiltinModule {
  Torch() : BuiltinModule("aten") {}
  std::shared_ptr<SugaredValue> attr(const torch::jit::SourceRange& place, torch::jit::GraphFunction& function,
                                     const std::string& name) override {
    if (name == "ops") return std::make_shared<Operators>();
    static const std::map<std::string, c10::ScalarType> kDtypes = {
        {"float32", c10::kFloat}, {"float64", c10::kDouble}, {"float16", c10::kHalf}, {"int64", c10::kLong},
        {"int32", c10::kInt}, {"uint8", c10::kByte}, {"bool", c10::kBool}, {"complex64", c10::kComplexFloat}};
    if (const auto dtype = kDtypes.find(name); dtype != kDtypes.end()) {
      auto* number = function.graph()->insertConstant(static_cast<int64_t>(dtype->second), place);
      return std::make_shared<torch::jit::SimpleValue>(number);
    }
    return BuiltinModule::attr(place, function, name);
  }
};

struct Names : torch::jit::NativeResolver {
  std::shared_ptr<torch::jit::SugaredValue> resolveValue(const std::string& name, torch::jit::GraphFunction&,
                                                         const torch::jit::SourceRange&) override {
    if (name == "torch") return std::make_shared<Torch>();
    if (name == "ops") return std::make_shared<Operators>();
    return nullptr;
  }
};

bool isMethods(const std::string& source) {
  torch::jit::Parser parser(std::make_shared<torch::jit::Source>(source, std::string("source.py"), 0));
  const auto def = torch::jit::Def(parser.parseFunction(/*is_method=*/true));
  const auto params = def.decl().params();
  return params.size() > 0 && params[0].ident().name() == "self";
}

/// A method of the module with the body of a free function.
void addAsMethod(torch::jit::Module& module, torch::jit::Function& function) {
  auto graph = torch::jit::toGraphFunction(function).graph()->copy();
  const auto type = module.type();
  graph->insertInput(0, "self")->setType(type);
  const auto& schema = function.getSchema();
  std::vector<c10::Argument> arguments = {c10::Argument("self", type)};
  arguments.insert(arguments.end(), schema.arguments().begin(), schema.arguments().end());
  const c10::QualifiedName name(*type->name(), function.name());
  auto* method = module._ivalue()->compilation_unit()->create_function(name, graph);
  method->setSchema(c10::FunctionSchema(function.name(), "", std::move(arguments), schema.returns()));
  type->addMethod(method);
}

// ---- classes, in the form that archives hold them

c10::IValue exampleOf(const c10::TypePtr& type, const std::shared_ptr<torch::jit::CompilationUnit>& unit);

/// An instance whose attributes hold example values.
c10::intrusive_ptr<c10::ivalue::Object> instanceOf(const c10::ClassTypePtr& type,
                                                   const std::shared_ptr<torch::jit::CompilationUnit>& unit) {
  auto object = c10::ivalue::Object::create(c10::StrongTypePtr(unit, type), type->numAttributes());
  for (size_t i = 0; i < type->numAttributes(); ++i) object->setSlot(i, exampleOf(type->getAttribute(i), unit));
  return object;
}

c10::IValue exampleList(const c10::TypePtr& element, const std::shared_ptr<torch::jit::CompilationUnit>& unit) {
  c10::impl::GenericList list(element);
  for (int i = 0; i < 2; ++i) list.push_back(exampleOf(element, unit));
  return list;
}

c10::IValue exampleDict(const c10::DictType& type, const std::shared_ptr<torch::jit::CompilationUnit>& unit) {
  c10::impl::GenericDict dict(type.getKeyType(), type.getValueType());
  for (int i = 0; i < 2; ++i) {
    const c10::IValue key = type.getKeyType()->kind() == c10::TypeKind::IntType ? c10::IValue(i) : c10::IValue(std::string(i == 0 ? "a" : "b"));
    dict.insert(key, exampleOf(type.getValueType(), unit));
  }
  return dict;
}

/// 2, 0.5, true, a 2 × 3 tensor, two elements, the first of an enum, None for an Optional.
c10::IValue exampleOf(const c10::TypePtr& type, const std::shared_ptr<torch::jit::CompilationUnit>& unit) {
  switch (type->kind()) {
    case c10::TypeKind::ClassType: return instanceOf(type->expect<c10::ClassType>(), unit);
    case c10::TypeKind::TensorType: return at::linspace(-1, 1, 6).reshape({2, 3});
    case c10::TypeKind::IntType: return 2;
    case c10::TypeKind::FloatType: return 0.5;
    case c10::TypeKind::BoolType: return true;
    case c10::TypeKind::StringType: return std::string("text");
    case c10::TypeKind::ListType: return exampleList(type->expect<c10::ListType>()->getElementType(), unit);
    case c10::TypeKind::DictType: return exampleDict(*type->expect<c10::DictType>(), unit);
    case c10::TypeKind::EnumType: {
      const auto enumeration = type->expect<c10::EnumType>();
      const auto& [name, value] = enumeration->enumNamesValues()[0];
      return c10::IValue(c10::make_intrusive<c10::ivalue::EnumHolder>(enumeration, name, value));
    }
    default: return {};
  }
}

constexpr const char* kRootClass = "__torch__.Model";

torch::jit::Module compileClasses(const std::string& text) {
  auto unit = std::make_shared<torch::jit::CompilationUnit>();
  auto source = std::make_shared<torch::jit::Source>(text, std::string("source.py"), 0);
  static const std::vector<c10::IValue> noConstants;
  const auto load = [source](const std::string& qualifier) { return qualifier == "__torch__" ? source : nullptr; };
  torch::jit::SourceImporter importer(unit, &noConstants, load, caffe2::serialize::kProducedFileFormatVersion);
  const auto type = importer.loadType(c10::QualifiedName(kRootClass));
  return torch::jit::Module(instanceOf(type->expect<c10::ClassType>(), unit));
}

}  // namespace

Result<torch::jit::Module> compileModule(const std::string& source) {
  settleExecutor();
  registerMissingSchemas(source);
  try {
    if (source.starts_with("class ")) return compileClasses(source);
    auto unit = std::make_shared<torch::jit::CompilationUnit>();
    torch::jit::Module module(c10::QualifiedName(kModuleName), unit);
    if (isMethods(source)) {
      module.define(source);
      return module;
    }
    const auto functions =
        unit->define(c10::QualifiedName("__torch__"), source, std::make_shared<Names>(), /*self=*/nullptr);
    for (auto* function : functions) addAsMethod(module, *function);
    return module;
  } catch (const std::exception& error) {
    return makeError(ExitCode::BadInput, "cannot compile: " + exceptionText(error));
  }
}

}  // namespace deploytool::ts
