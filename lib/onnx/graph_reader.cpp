// Graphs and nodes of a file. Names become edges: inputs, initializers and outputs of nodes so far, then the names of
// the graphs around.
#include <algorithm>

#include "onnx/attribute_types.h"
#include "onnx/fields.h"
#include "onnx/read_context.h"

namespace deploytool::onnx_io {

using ir::Attribute;
using ir::Graph;
using ir::Node;
using ir::TensorPtr;
using ir::Type;
using ir::Value;

Value* ReadScope::find(std::string_view name) const {
  for (const ReadScope* scope = this; scope; scope = scope->up) {
    const auto it = scope->values.find(name);
    if (it != scope->values.end()) return it->second;
  }
  return nullptr;
}

namespace {

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

struct ValueInfo {
  std::string_view name;
  Type type;
  std::string doc;
  std::string unknownFields;
};

class GraphReader {
 public:
  GraphReader(ReadContext& context, Graph& graph, const ReadScope* up, bool& hasValueInfo, int depth)
      : context_(context), graph_(graph), hasValueInfo_(hasValueInfo), depth_(depth) {
    scope_.up = up;
  }
  bool read(std::string_view message);

 private:
  // What a graph message holds, sorted by what it is: fields come in any order.
  struct Parts {
    std::vector<std::string_view> nodes, initializers, sparse, inputs, outputs, valueInfos;
  };
  bool scan(std::string_view message, Parts& parts);
  bool valueInfo(std::string_view message, ValueInfo& info);
  bool inputs(const Parts& parts);
  bool initializers(const Parts& parts);
  bool initializer(std::string_view message);
  bool sparseInitializer(std::string_view message);
  bool types(const Parts& parts);
  bool outputs(const Parts& parts);
  bool node(std::string_view message, size_t index);
  bool nodeFields(std::string_view message, size_t index);
  bool attribute(std::string_view message, std::vector<Attribute>& out);
  bool attributePayload(std::string_view message, int64_t type, Attribute& attribute);
  template <class T>
  bool define(std::string_view name, T value);
  void apply(ValueInfo& info, Value& value) const;

  ReadContext& context_;
  Graph& graph_;
  bool& hasValueInfo_;
  int depth_;
  ReadScope scope_;
  std::unordered_map<std::string_view, ValueInfo> infos_;
};

// ---- graph --------------------------------------------------------------------------------------------------------

bool GraphReader::scan(std::string_view message, Parts& parts) {
  wire::Scanner scanner(message);
  for (wire::Field field; scanner.next(field);) {
    switch (field.number) {
      case field::graph::kNode: parts.nodes.push_back(field.bytes); break;
      case field::graph::kName: graph_.name = field.bytes; break;
      case field::graph::kInitializer: parts.initializers.push_back(field.bytes); break;
      case field::graph::kDoc: graph_.doc = field.bytes; break;
      case field::graph::kInput: parts.inputs.push_back(field.bytes); break;
      case field::graph::kOutput: parts.outputs.push_back(field.bytes); break;
      case field::graph::kValueInfo: parts.valueInfos.push_back(field.bytes); break;
      case field::graph::kQuantization: graph_.quantizationAnnotations.emplace_back(field.bytes); break;
      case field::graph::kSparseInitializer: parts.sparse.push_back(field.bytes); break;
      default: graph_.unknownFields += field.encoded; break;
    }
  }
  return !scanner.failed() || context_.malformed("graph");
}

bool GraphReader::read(std::string_view message) {
  if (depth_ > kMaxGraphDepth) return context_.fail("graphs are nested too deeply");
  Parts parts;
  if (!scan(message, parts) || !inputs(parts) || !initializers(parts) || !types(parts)) {
    return context_.at("graph " + quoted(graph_.name));
  }
  for (size_t i = 0; i < parts.nodes.size(); ++i) {
    if (!node(parts.nodes[i], i)) return context_.at("graph " + quoted(graph_.name));
  }
  return outputs(parts) || context_.at("graph " + quoted(graph_.name));
}

template <class T>
bool GraphReader::define(std::string_view name, T value) {
  if (name.empty()) return context_.fail("a value has no name");
  if (scope_.values.emplace(name, value).second) return true;
  return context_.fail("the name " + quoted(name) + " is given twice");
}

bool GraphReader::valueInfo(std::string_view message, ValueInfo& info) {
  wire::Scanner scanner(message);
  for (wire::Field field; scanner.next(field);) {
    switch (field.number) {
      case field::value_info::kName: info.name = field.bytes; break;
      case field::value_info::kType:
        if (!context_.readType(field.bytes, info.type)) return context_.at("value " + quoted(info.name));
        break;
      case field::value_info::kDoc: info.doc = field.bytes; break;
      default: info.unknownFields += field.encoded; break;
    }
  }
  return !scanner.failed() || context_.malformed("value");
}

void GraphReader::apply(ValueInfo& info, Value& value) const {
  if (value.type.kind == Type::Kind::Unknown || !value.type.dims) value.type = std::move(info.type);
  value.doc = std::move(info.doc);
  value.unknownFields = std::move(info.unknownFields);
}

bool GraphReader::inputs(const Parts& parts) {
  for (std::string_view message : parts.inputs) {
    ValueInfo info;
    if (!valueInfo(message, info)) return false;
    Value* value = graph_.addInput(std::string(info.name), {});
    if (!define(info.name, value)) return false;
    apply(info, *value);
  }
  return true;
}

// ---- initializers -------------------------------------------------------------------------------------------------

namespace {

// The name as a slice of the file: scopes refer to names, and the file outlives them.
std::string_view nameOf(std::string_view message, uint32_t number) {
  std::string_view name;
  wire::Scanner scanner(message);
  for (wire::Field field; scanner.next(field);) {
    if (field.number == number) name = field.bytes;
  }
  return name;
}

}  // namespace

bool GraphReader::initializer(std::string_view message) {
  auto tensor = std::make_shared<ir::Tensor>();
  std::string doc;
  if (!context_.readTensor(message, *tensor, &doc)) return context_.at("initializers");
  const std::string_view name = nameOf(message, field::tensor::kName);
  const auto existing = scope_.values.find(name);
  if (existing != scope_.values.end() && existing->second->isGraphInput() && !existing->second->constant) {
    graph_.setDefault(existing->second, std::move(tensor));
    return true;
  }
  Value* value = graph_.addInitializer(std::string(name), std::move(tensor));
  value->doc = std::move(doc);
  return define(name, value) || context_.at("initializers");
}

bool GraphReader::sparseInitializer(std::string_view message) {
  auto sparse = std::make_shared<ir::SparseTensor>();
  auto values = std::make_shared<ir::Tensor>(), indices = std::make_shared<ir::Tensor>();
  std::string_view name;
  bool hasValues = false;
  wire::Scanner scanner(message);
  for (wire::Field field; scanner.next(field);) {
    if (field.number == field::sparse_tensor::kValues) {
      if (!context_.readTensor(field.bytes, *values)) return context_.at("sparse initializers");
      name = nameOf(field.bytes, field::tensor::kName);
      hasValues = true;
    } else if (field.number == field::sparse_tensor::kIndices) {
      if (!context_.readTensor(field.bytes, *indices)) return context_.at("sparse initializers");
    } else if (field.number == field::sparse_tensor::kDims && !readInts(field, sparse->dims)) {
      return context_.malformed("sparse tensor");
    }
  }
  if (scanner.failed() || !hasValues) return context_.malformed("sparse tensor");
  sparse->values = std::move(values);
  sparse->indices = std::move(indices);
  return define(name, graph_.addSparseInitializer(std::string(name), std::move(sparse)));
}

bool GraphReader::initializers(const Parts& parts) {
  return std::all_of(parts.initializers.begin(), parts.initializers.end(), [&](auto m) { return initializer(m); }) &&
         std::all_of(parts.sparse.begin(), parts.sparse.end(), [&](auto m) { return sparseInitializer(m); });
}

// ---- types and outputs --------------------------------------------------------------------------------------------

bool GraphReader::types(const Parts& parts) {
  hasValueInfo_ = hasValueInfo_ || !parts.valueInfos.empty();
  for (std::string_view message : parts.valueInfos) {
    ValueInfo info;
    if (!valueInfo(message, info)) return false;
    const std::string_view name = info.name;
    infos_.insert_or_assign(name, std::move(info));
  }
  return true;
}

bool GraphReader::outputs(const Parts& parts) {
  for (std::string_view message : parts.outputs) {
    ValueInfo info;
    if (!valueInfo(message, info)) return false;
    Value* value = scope_.find(info.name);
    if (!value) return context_.fail("output " + quoted(info.name) + " is made by no node");
    graph_.addOutput(value);
    // What the file says of an output is a promise to callers; an input's or an initializer's own type comes first.
    const bool ours = &value->graph() == &graph_ && value->producer();
    if (!ours) continue;
    if (info.type.kind == Type::Kind::Unknown) info.type = std::move(value->type);
    value->type = {};
    apply(info, *value);
  }
  return true;
}

// ---- nodes --------------------------------------------------------------------------------------------------------

bool GraphReader::node(std::string_view message, size_t index) {
  if (nodeFields(message, index)) return true;
  const std::string_view name = nameOf(message, field::node::kName);
  const std::string_view opType = nameOf(message, field::node::kOpType);
  return context_.at("node " + std::to_string(index) + (name.empty() ? "" : " " + quoted(name)) + " (" +
                     std::string(opType) + ")");
}

bool GraphReader::nodeFields(std::string_view message, size_t) {
  std::vector<std::string_view> outputs, attributeMessages;
  std::vector<Value*> inputs;
  std::string opType, domain, name, doc, overload, unknown;
  wire::Scanner scanner(message);
  for (wire::Field field; scanner.next(field);) {
    switch (field.number) {
      case field::node::kInput:
        inputs.push_back(field.bytes.empty() ? nullptr : scope_.find(field.bytes));
        if (!inputs.back() && !field.bytes.empty()) {
          return context_.fail("input " + quoted(field.bytes) + " is made by nothing before it");
        }
        break;
      case field::node::kOutput: outputs.push_back(field.bytes); break;
      case field::node::kName: name = field.bytes; break;
      case field::node::kOpType: opType = field.bytes; break;
      case field::node::kAttribute: attributeMessages.push_back(field.bytes); break;
      case field::node::kDoc: doc = field.bytes; break;
      case field::node::kDomain: domain = field.bytes == "ai.onnx" ? "" : field.bytes; break;
      case field::node::kOverload: overload = field.bytes; break;
      default: unknown += field.encoded; break;
    }
  }
  if (scanner.failed()) return context_.malformed("node");
  if (opType.empty()) return context_.fail("a node has no operator");
  std::vector<Attribute> attributes;
  for (std::string_view m : attributeMessages) {
    if (!attribute(m, attributes)) return false;
  }
  Node* node =
      graph_.addNode(std::move(opType), inputs, outputs.size(), std::move(attributes), nullptr, std::move(domain));
  node->name = std::move(name);
  node->doc = std::move(doc);
  node->overload = std::move(overload);
  node->unknownFields = std::move(unknown);
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].empty()) continue;  // left out
    Value* value = node->output(i);
    value->name = outputs[i];
    if (!define(outputs[i], value)) return false;
    const auto info = infos_.find(outputs[i]);
    if (info != infos_.end()) apply(info->second, *value);
  }
  return true;
}

// ---- attributes ---------------------------------------------------------------------------------------------------

namespace at = field::attribute_type;

bool GraphReader::attribute(std::string_view message, std::vector<Attribute>& out) {
  std::string name, doc;
  int64_t type = at::kUndefined, guessed = at::kUndefined;
  bool reference = false;
  wire::Scanner scanner(message);
  for (wire::Field field; scanner.next(field);) {
    if (field.number == field::attribute::kName) name = field.bytes;
    if (field.number == field::attribute::kDoc) doc = field.bytes;
    if (field.number == field::attribute::kType) type = field.asInt();
    if (field.number == field::attribute::kReference) reference = reference || !field.bytes.empty();
    if (guessed == at::kUndefined) guessed = attributeTypeFromField(field.number);
  }
  if (scanner.failed()) return context_.malformed("attribute");
  if (name.empty()) return context_.fail("an attribute has no name");
  if (type == at::kUndefined) type = guessed;
  Attribute attribute(name, reference ? Attribute::Payload(Attribute::Opaque()) : emptyAttributePayload(type));
  attribute.doc = std::move(doc);
  if (auto* opaque = std::get_if<Attribute::Opaque>(&attribute.value)) {
    opaque->bytes = message;
  } else if (!attributePayload(message, type, attribute)) {
    return context_.at("attribute " + quoted(name));
  }
  const auto same = [&](const Attribute& other) { return other.name == name; };
  if (std::any_of(out.begin(), out.end(), same)) return context_.fail("attribute " + quoted(name) + " is given twice");
  out.push_back(std::move(attribute));
  return true;
}

bool GraphReader::attributePayload(std::string_view message, int64_t type, Attribute& attribute) {
  const auto readTensor = [&](std::string_view bytes, TensorPtr& out) {
    auto tensor = std::make_shared<ir::Tensor>();
    if (!context_.readTensor(bytes, *tensor)) return false;
    out = std::move(tensor);
    return true;
  };
  const auto readInner = [&](std::string_view bytes, std::unique_ptr<Graph>& out) {
    out = std::make_unique<Graph>();
    out->outer = &graph_;
    return readGraph(context_, bytes, *out, &scope_, hasValueInfo_, depth_ + 1);
  };
  bool ok = true, found = false;
  wire::Scanner scanner(message);
  for (wire::Field field; ok && scanner.next(field);) {
    if (attributeTypeFromField(field.number) != type) continue;
    found = true;
    switch (type) {
      case at::kFloat: {
        std::vector<float> one;
        ok = readFloats(field, one) && one.size() == 1;
        if (ok) attribute.value = one[0];
        break;
      }
      case at::kInt: attribute.value = field.asInt(); break;
      case at::kString: attribute.value = std::string(field.bytes); break;
      case at::kTensor: ok = readTensor(field.bytes, std::get<TensorPtr>(attribute.value)); break;
      case at::kGraph: ok = readInner(field.bytes, std::get<std::unique_ptr<Graph>>(attribute.value)); break;
      case at::kFloats: ok = readFloats(field, std::get<std::vector<float>>(attribute.value)); break;
      case at::kInts: ok = readInts(field, std::get<std::vector<int64_t>>(attribute.value)); break;
      case at::kStrings: std::get<std::vector<std::string>>(attribute.value).emplace_back(field.bytes); break;
      case at::kTensors:
        ok = readTensor(field.bytes, std::get<std::vector<TensorPtr>>(attribute.value).emplace_back());
        break;
      default: ok = readInner(field.bytes, std::get<Attribute::Graphs>(attribute.value).emplace_back()); break;
    }
  }
  if (!ok) return context_.malformed("attribute");
  if (found || (type != at::kTensor && type != at::kGraph)) return true;
  return context_.fail("has no value");
}

}  // namespace

bool readGraph(ReadContext& context, std::string_view message, Graph& graph, const ReadScope* up, bool& hasValueInfo,
               int depth) {
  return GraphReader(context, graph, up, hasValueInfo, depth).read(message);
}

}  // namespace deploytool::onnx_io
