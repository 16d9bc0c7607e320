// The instructions of TorchScript's interpreter that are no operators: constants, containers, attributes, calls.
#include <fmt/core.h>

#include <algorithm>

#include "export/interpreter.h"
#include "export/static_value.h"
#include "export/value_type.h"

namespace deploytool::exporter {

/// Handlers by node kind. A friend of the interpreter, so that its parts stay private to the walk.
struct Instructions {
  static std::string attributeName(const ts::Node& node) {
    auto it = node.attributes.find("name");
    return it == node.attributes.end() ? std::string() : std::get<std::string>(it->second.data);
  }

  static std::shared_ptr<ObjectValue> object(Interpreter& in, const ts::Node& node) {
    const Value& value = in.slot(node.inputs.at(0));
    if (const auto* object = value.as<std::shared_ptr<ObjectValue>>()) return *object;
    throw Refusal{fmt::format("{} needs an object", node.kind)};
  }

  static void constant(Interpreter& in, const ts::Node& node) {
    auto it = node.attributes.find("value");
    in.slot(node.outputs.at(0)) = it == node.attributes.end() ? Value() : in.fromProgram(it->second);
  }

  /// Of an object of the program, made when first asked for.
  static Value attribute(Interpreter& in, ObjectValue& self, const std::string& name) {
    auto known = self.attributes.find(name);
    if (known == self.attributes.end()) {
      const bool has = self.source && self.source->attributes.count(name);
      if (!has) throw Refusal{fmt::format("attribute '{}' of {} is not set", name, self.typeName)};
      const std::string path = self.path.empty() ? name : self.path + "." + name;
      known = self.attributes.emplace(name, in.fromProgram(self.source->attributes.at(name), path)).first;
    }
    return known->second;
  }

  static void getAttr(Interpreter& in, const ts::Node& node) {
    if (in.anyPoison(node)) return in.poisonOutputs(node);
    auto self = object(in, node);
    in.slot(node.outputs.at(0)) = attribute(in, *self, attributeName(node));
  }

  static void setAttr(Interpreter& in, const ts::Node& node) {
    auto self = object(in, node);
    const std::string name = attributeName(node);
    if (self->source && self->source->isModule)
      in.changedAttributes_.insert(self->path.empty() ? name : self->path + "." + name);
    // What it held before is there to be joined with what this path leaves.
    if (self->source && self->source->attributes.count(name)) attribute(in, *self, name);
    in.willWrite(self);
    in.heap_.setAttribute(self, name, in.slot(node.inputs.at(1)));
  }

  /// `layers[i]` as an interface type: a child by its name, which for a list is its number.
  static void moduleIndex(Interpreter& in, const ts::Node& node) {
    if (in.anyPoison(node)) return in.poisonOutputs(node);
    const auto self = object(in, node);
    const Value& key = in.slot(node.inputs.at(1));
    const auto* number = key.as<Dim>();
    const auto* text = key.as<std::string>();
    if (!self->source || (!number && !text)) throw Refusal{"this module is not part of the archive"};
    if (number && !number->isLiteral()) {
      in.slot(node.outputs.at(0)) = oneOf(in, *self, *number);
      return;
    }
    const std::string name = number ? std::to_string(number->literal()) : *text;
    const auto module = child(in, *self, name);
    if (!module) throw Raised{"there is no module '" + name + "'"};
    in.slot(node.outputs.at(0)) = *module;
  }

  static std::optional<Value> child(Interpreter& in, const ObjectValue& parent, const std::string& name) {
    const auto found = parent.source->attributes.find(name);
    if (found == parent.source->attributes.end()) return {};
    return in.fromProgram(found->second, parent.path.empty() ? name : parent.path + "." + name);
  }

  /// The modules `0`, `1`, … of a list, of which a run chooses one.
  static Value oneOf(Interpreter& in, const ObjectValue& list, const Dim& number) {
    auto result = std::make_shared<ObjectValue>();
    result->path = list.path;
    ModuleChoice& choice = in.choices_[result];
    choice.number = number;
    for (size_t i = 0;; ++i) {
      const auto module = child(in, list, std::to_string(i));
      if (!module) break;
      const auto* one = module->as<std::shared_ptr<ObjectValue>>();
      if (!one) throw Refusal{"which module of a list is meant is decided at run time, and not all are modules"};
      choice.modules.push_back(*one);
    }
    if (choice.modules.empty()) throw Raised{"the list of modules is empty"};
    return result;
  }

  static void callMethod(Interpreter& in, const ts::Node& node) {
    if (in.consumesPoison(in.slot(node.inputs.at(0)))) return in.poisonOutputs(node);
    auto self = object(in, node);
    if (const auto choice = in.choices_.find(self); choice != in.choices_.end())
      return in.runChosen(node, choice->second, callMethod);
    const std::string name = self->typeName + "." + attributeName(node);
    auto function = in.program_.functions.find(name);
    if (function == in.program_.functions.end()) throw Refusal{fmt::format("method {} is not in the archive", name)};
    const Builder::ModuleScope scope(in.builder_, self->path);
    in.slot(node.outputs.at(0)) = in.call(*function->second, in.inputsOf(node));
  }

  static void callFunction(Interpreter& in, const ts::Node& node) {
    const auto* reference = in.slot(node.inputs.at(0)).as<ts::FunctionRef>();
    if (!reference) throw Refusal{"a call of something that is no function of the archive"};
    auto function = in.program_.functions.find(reference->name);
    if (function == in.program_.functions.end())
      throw Refusal{fmt::format("function {} is not in the archive", reference->name)};
    std::vector<Value> arguments = in.inputsOf(node);
    arguments.erase(arguments.begin());
    in.slot(node.outputs.at(0)) = in.call(*function->second, std::move(arguments));
  }

  static void createObject(Interpreter& in, const ts::Node& node) {
    auto object = std::make_shared<ObjectValue>();
    object->typeName = node.outputTypes.at(0)->name;
    in.slot(node.outputs.at(0)) = object;
  }

  // ---- containers
  static void listConstruct(Interpreter& in, const ts::Node& node) {
    auto list = std::make_shared<ListValue>();
    if (!node.outputTypes.empty() && !node.outputTypes[0]->elements.empty())
      list->elementType = node.outputTypes[0]->elements[0];
    list->items = in.inputsOf(node);
    in.slot(node.outputs.at(0)) = list;
  }

  static void tupleConstruct(Interpreter& in, const ts::Node& node) {
    auto tuple = std::make_shared<TupleValue>();
    tuple->items = in.inputsOf(node);
    if (!node.outputTypes.empty() && !node.outputTypes[0]->fieldNames.empty()) tuple->type = node.outputTypes[0];
    in.slot(node.outputs.at(0)) = tuple;
  }

  static void dictConstruct(Interpreter& in, const ts::Node& node) {
    auto dict = std::make_shared<DictValue>();
    if (!node.outputTypes.empty() && node.outputTypes[0]->elements.size() == 2) {
      dict->keyType = node.outputTypes[0]->elements[0];
      dict->valueType = node.outputTypes[0]->elements[1];
    }
    for (size_t i = 0; i + 1 < node.inputs.size(); i += 2)
      dict->items.emplace_back(in.slot(node.inputs[i]), in.slot(node.inputs[i + 1]));
    in.slot(node.outputs.at(0)) = dict;
  }

  static const std::vector<Value>& items(const Value& value) {
    if (const auto* tuple = value.as<std::shared_ptr<TupleValue>>()) return (*tuple)->items;
    if (const auto* list = value.as<std::shared_ptr<ListValue>>()) {
      if (!(*list)->isSequence()) return (*list)->items;
      throw Refusal{"a list whose length is decided at run time cannot be taken apart"};
    }
    throw Refusal{"this value cannot be taken apart"};
  }

  /// The number of variables is the length of the list: with any other, the program raises.
  static void unpackSequence(Interpreter& in, const ts::Node& node, const ListValue& list) {
    if (list.isColumns() || (list.elementType && list.elementType->kind != ts::Type::Kind::Tensor))
      throw Refusal{"a list whose length is decided at run time cannot be taken apart, unless of tensors"};
    in.assume(fmt::format("assumes that the list at {} has {} items", in.here(), node.outputs.size()));
    for (size_t i = 0; i < node.outputs.size(); ++i)
      in.slot(node.outputs[i]) =
          in.builder_.op("SequenceAt", {list.sequence, in.builder_.int64(static_cast<int64_t>(i))});
  }

  static void unpack(Interpreter& in, const ts::Node& node) {
    const Value source = in.slot(node.inputs.at(0));
    if (const auto* poison = source.as<Poison>()) {
      (void)poison;
      in.consumesPoison(source);
      return in.poisonOutputs(node);
    }
    const auto* list = source.as<std::shared_ptr<ListValue>>();
    if (list && (*list)->isSequence()) return unpackSequence(in, node, **list);
    const std::vector<Value> parts = items(source);
    if (parts.size() != node.outputs.size())
      throw Raised{fmt::format("expected {} values to unpack, got {}", node.outputs.size(), parts.size())};
    for (size_t i = 0; i < parts.size(); ++i) in.slot(node.outputs[i]) = parts[i];
  }

  static void tupleIndex(Interpreter& in, const ts::Node& node) {
    const Value source = in.slot(node.inputs.at(0));
    if (source.isPoison()) return in.consumesPoison(source), in.poisonOutputs(node);
    const std::vector<Value>& parts = items(source);
    const auto* index = in.slot(node.inputs.at(1)).as<Dim>();
    if (!index || !index->isLiteral()) throw Refusal{"a tuple is indexed by a number decided at run time"};
    const auto size = static_cast<int64_t>(parts.size());
    const int64_t at = index->literal() < 0 ? index->literal() + size : index->literal();
    if (at < 0 || at >= size) throw Raised{"tuple index out of range"};
    in.slot(node.outputs.at(0)) = parts[static_cast<size_t>(at)];
  }

  static void tupleSlice(Interpreter& in, const ts::Node& node) {
    const std::vector<Value>& parts = items(in.slot(node.inputs.at(0)));
    const auto number = [&](const char* name) { return std::get<int64_t>(node.attributes.at(name).data); };
    auto tuple = std::make_shared<TupleValue>();
    for (int64_t i = number("beg"); i < number("end"); ++i) tuple->items.push_back(parts.at(static_cast<size_t>(i)));
    in.slot(node.outputs.at(0)) = tuple;
  }

  // ---- types
  static void passThrough(Interpreter& in, const ts::Node& node) {
    const Value value = in.slot(node.inputs.at(0));
    if (value.is<std::shared_ptr<OptionalValue>>() && in.asTyped(value, *node.outputTypes.at(0), node)) return;
    in.slot(node.outputs.at(0)) = value;
  }

  static void unwrapOptional(Interpreter& in, const ts::Node& node) {
    const Value value = in.slot(node.inputs.at(0));
    if (value.isNone()) throw Raised{"Unwrapping null optional"};
    passThrough(in, node);
  }

  static void isInstance(Interpreter& in, const ts::Node& node) {
    const Value& value = in.slot(node.inputs.at(0));
    if (value.isPoison()) return in.consumesPoison(value), in.poisonOutputs(node);
    const auto answer = isInstanceOf(value, node.typeList);
    if (!answer) throw Refusal{"prim::isinstance of a value whose type is decided at run time"};
    in.slot(node.outputs.at(0)) = *answer;
  }

  static void uninitialized(Interpreter& in, const ts::Node& node) {
    in.slot(node.outputs.at(0)) = Uninitialized{node.outputTypes.empty() ? nullptr : node.outputTypes[0]};
  }

  /// What optimised graphs have in place of torch.chunk and a list's parts.
  static void constantChunk(Interpreter& in, const ts::Node& node) {
    if (in.anyPoison(node)) return in.poisonOutputs(node);
    const auto number = [&](const char* name) { return Value(std::get<int64_t>(node.attributes.at(name).data)); };
    for (const ts::Schema& schema : in.evaluator_.schemas("aten::chunk")) {
      const Results parts = in.apply(schema, {in.slot(node.inputs.at(0)), number("chunks"), number("dim")});
      const std::vector<Value>& chunks = items(parts.at(0));
      if (chunks.size() != node.outputs.size()) throw Refusal{"the number of chunks is not the one recorded"};
      for (size_t i = 0; i < chunks.size(); ++i) in.slot(node.outputs[i]) = chunks[i];
      return;
    }
  }

  // ---- the rest
  static void raise(Interpreter& in, const ts::Node& node) {
    std::string message = "the program raises an exception";
    if (!node.inputs.empty())
      if (const auto* text = in.slot(node.inputs[0]).as<std::string>()) message = *text;
    throw Raised{message + " (" + in.here() + ")"};
  }

  static void print(Interpreter& in, const ts::Node&) { in.note("dropped print at " + in.here()); }
  static void warn(Interpreter& in, const ts::Node&) { in.note("dropped warning at " + in.here()); }
  static void nothing(Interpreter& in, const ts::Node& node) {
    for (ts::ValueId id : node.outputs) in.slot(id) = None{};
  }

  static void fork(Interpreter& in, const ts::Node& node) {
    // Sequential: what a fork computes does not depend on when it runs.
    if (node.blocks.size() == 1) {
      const ts::Block& body = node.blocks[0];
      for (size_t i = 0; i < body.inputs.size(); ++i) in.slot(body.inputs[i]) = in.slot(node.inputs.at(i));
      in.runBlock(body);
      in.slot(node.outputs.at(0)) = in.slot(body.outputs.at(0));
      return;
    }
    callFunction(in, node);
  }

  static void wait(Interpreter& in, const ts::Node& node) { in.slot(node.outputs.at(0)) = in.slot(node.inputs.at(0)); }

  static void enumPart(Interpreter& in, const ts::Node& node) {
    const auto* value = in.slot(node.inputs.at(0)).as<std::shared_ptr<ts::Enum>>();
    if (!value) throw Refusal{"this enum is decided at run time"};
    in.slot(node.outputs.at(0)) = node.kind == "prim::EnumName" ? Value((*value)->name) : fromStatic(*(*value)->value);
  }

  static void runIf(Interpreter& in, const ts::Node& node) { in.runIf(node); }
  static void runLoop(Interpreter& in, const ts::Node& node) { in.runLoop(node); }
};

bool Interpreter::asTyped(const Value& value, const ts::Type& type, const ts::Node& node) {
  if (type.kind == ts::Type::Kind::Optional) return false;
  slot(node.outputs.at(0)) = (*value.as<std::shared_ptr<OptionalValue>>())->value;
  return true;
}

const std::unordered_map<std::string, Interpreter::Handler>& Interpreter::handlers() {
  using I = Instructions;
  static const std::unordered_map<std::string, Handler> kHandlers = {
      {"prim::Constant", I::constant},
      {"prim::GetAttr", I::getAttr},
      {"prim::SetAttr", I::setAttr},
      {"prim::CallMethod", I::callMethod},
      {"prim::ModuleContainerIndex", I::moduleIndex},
      {"prim::CallFunction", I::callFunction},
      {"prim::CreateObject", I::createObject},
      {"prim::If", I::runIf},
      {"prim::Loop", I::runLoop},
      {"prim::ListConstruct", I::listConstruct},
      {"prim::TupleConstruct", I::tupleConstruct},
      {"prim::DictConstruct", I::dictConstruct},
      {"prim::ListUnpack", I::unpack},
      {"prim::TupleUnpack", I::unpack},
      {"prim::TupleIndex", I::tupleIndex},
      {"prim::TupleSlice", I::tupleSlice},
      {"prim::unchecked_cast", I::passThrough},
      {"prim::unchecked_unwrap_optional", I::unwrapOptional},
      {"aten::_unwrap_optional", I::unwrapOptional},
      {"prim::isinstance", I::isInstance},
      {"prim::Uninitialized", I::uninitialized},
      {"prim::RaiseException", I::raise},
      {"prim::Print", I::print},
      {"aten::warn", I::warn},
      {"prim::Enter", I::nothing},
      {"prim::Exit", I::nothing},
      {"prim::EnumName", I::enumPart},
      {"prim::EnumValue", I::enumPart},
      {"prim::fork", I::fork},
      {"aten::wait", I::wait},
      {"prim::TracedFork", I::fork},
      {"prim::annotate", I::passThrough},
      {"prim::ConstantChunk", I::constantChunk},
      {"aten::set_grad_enabled", I::nothing},
      {"aten::manual_seed", I::nothing},
  };
  return kHandlers;
}

// ---- values of the program ----------------------------------------------------------------------------------------

Value Interpreter::fromProgram(const ts::Value& value, const std::string& path) {
  if (const auto* object = std::get_if<std::shared_ptr<ts::Object>>(&value.data)) {
    auto& known = objects_[object->get()];
    if (!known) {
      known = std::make_shared<ObjectValue>();
      known->source = *object;
      known->typeName = (*object)->typeName;
      known->path = path;
      known->birth = 0;
    }
    return known;
  }
  if (const auto* tensor = std::get_if<ir::TensorPtr>(&value.data)) {
    auto& known = attributeCells_[tensor->get()];
    if (!known) {
      known = makeCell(*tensor);
      known->birth = 0;
      known->state = path;
      if (!path.empty()) stateCells_.emplace_back(known, known->content);
    }
    return known;
  }
  if (const auto* list = std::get_if<std::shared_ptr<ts::List>>(&value.data)) {
    auto result = std::make_shared<ListValue>();
    result->elementType = (*list)->elementType;
    result->birth = 0;
    for (size_t i = 0; i < (*list)->items.size(); ++i)
      result->items.push_back(fromProgram((*list)->items[i], path + "." + std::to_string(i)));
    return result;
  }
  if (const auto* tuple = std::get_if<std::shared_ptr<ts::Tuple>>(&value.data)) {
    auto result = std::make_shared<TupleValue>();
    result->type = (*tuple)->type;
    for (size_t i = 0; i < (*tuple)->items.size(); ++i)
      result->items.push_back(fromProgram((*tuple)->items[i], path + "." + std::to_string(i)));
    return result;
  }
  if (const auto* dict = std::get_if<std::shared_ptr<ts::Dict>>(&value.data)) {
    auto result = std::make_shared<DictValue>();
    result->keyType = (*dict)->keyType;
    result->valueType = (*dict)->valueType;
    result->birth = 0;
    for (const auto& [key, item] : (*dict)->items) result->items.emplace_back(fromStatic(key), fromProgram(item, path));
    return result;
  }
  return fromStatic(value);
}

}  // namespace deploytool::exporter
