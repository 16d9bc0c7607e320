// Encoding of models, graphs, nodes, tensors and types. Fields come in the order of their numbers, as protobuf's own
// serializer writes them.
#include "onnx/encoder.h"

#include <algorithm>
#include <array>

#include "ir/opset.h"

namespace deploytool::onnx_io {
namespace {

using ir::Attribute;
using ir::Graph;
using ir::Node;
using ir::Tensor;
using ir::TensorPtr;
using ir::Type;
using ir::Value;

class Encoder {
 public:
  Encoder(const ir::Model& model, const Names& names, const ExternalLayout* external)
      : model_(model), names_(names), external_(external) {}

  Message model() const;

 private:
  Message graph(const Graph& graph) const;
  Message node(const Node& node) const;
  Message attribute(const Attribute& attribute) const;
  void payload(const Attribute& attribute, Message& m) const;
  Message valueInfo(const Value& value, const std::string& name) const;
  Message type(const Type& type) const;
  Message tensorType(const Type& type) const;
  Message initializer(const Value& value) const;
  Message sparseInitializer(const Value& value) const;
  Message tensor(const TensorPtr& tensor, const std::string& name) const;
  void externalData(const Value& value, uint64_t offset, Message& m) const;

  const ir::Model& model_;
  const Names& names_;
  const ExternalLayout* external_;
};

// ---- model and graph ----------------------------------------------------------------------------------------------

// Before IR version 4 every initializer had to be an input too; a graph that has others needs 4.
int64_t irVersion(const ir::Model& model) {
  const int64_t version = model.irVersion > 0 ? model.irVersion : ir::irVersionFor(model.opset());
  const auto& initializers = model.graph.initializers();
  const bool needs4 =
      std::any_of(initializers.begin(), initializers.end(), [](const Value* value) { return !value->isGraphInput(); });
  return needs4 ? std::max<int64_t>(version, 4) : version;
}

Message entry(const std::string& key, const std::string& value) {
  Message m;
  m.addBytes(field::entry::kKey, key);
  m.addBytes(field::entry::kValue, value);
  return m;
}

Message Encoder::model() const {
  Message m;
  m.addInt(field::model::kIrVersion, irVersion(model_));
  m.addText(field::model::kProducerName, model_.producerName);
  m.addText(field::model::kProducerVersion, model_.producerVersion);
  m.addText(field::model::kDomain, model_.domain);
  if (model_.modelVersion != 0) m.addInt(field::model::kModelVersion, model_.modelVersion);
  m.addText(field::model::kDoc, model_.doc);
  m.addMessage(field::model::kGraph, graph(model_.graph));
  for (const auto& [domain, version] : model_.opsets) {
    Message opset;
    opset.addBytes(field::opset::kDomain, domain);
    opset.addInt(field::opset::kVersion, version);
    m.addMessage(field::model::kOpsetImport, std::move(opset));
  }
  for (const auto& [key, value] : model_.metadata) m.addMessage(field::model::kMetadata, entry(key, value));
  for (const std::string& function : model_.functions) m.addBytes(field::model::kFunctions, function);
  m.addEncoded(model_.unknownFields);
  return m;
}

/// onnx 1.17 refuses a Resize whose sizes have no shape that it can infer. Inside a subgraph it sees no initializer of the
/// outer graph, such as the axes of an Unsqueeze, and ONNX Runtime 1.21 loses the shape of a Where on scalars.
bool needsValueInfo(const Value& value) {
  const bool sizes = std::any_of(value.uses().begin(), value.uses().end(),
                                 [](const ir::Use& use) { return use.node->opType == "Resize" && use.input == 3; });
  return sizes && value.hasRank() && value.dims().size() == 1 && value.dims()[0].isLiteral();
}

Message Encoder::graph(const Graph& graph) const {
  Message m;
  for (const auto& n : graph.nodes()) m.addMessage(field::graph::kNode, node(*n));
  // The format wants a name.
  m.addBytes(field::graph::kName, graph.name.empty() ? (graph.owner ? "body" : "main") : graph.name);
  for (const Value* value : graph.initializers()) {
    if (value->constant) m.addMessage(field::graph::kInitializer, initializer(*value));
  }
  m.addText(field::graph::kDoc, graph.doc);
  for (const Value* value : graph.inputs()) m.addMessage(field::graph::kInput, valueInfo(*value, names_.of(value)));
  for (const Value* value : graph.outputs()) m.addMessage(field::graph::kOutput, valueInfo(*value, names_.of(value)));
  for (const auto& n : graph.nodes()) {
    for (const Value* value : n->outputs()) {
      if (!model_.hasValueInfo && !needsValueInfo(*value)) continue;
      if (value->type.kind == Type::Kind::Unknown || value->isGraphOutput() || names_.of(value).empty()) continue;
      m.addMessage(field::graph::kValueInfo, valueInfo(*value, names_.of(value)));
    }
  }
  for (const std::string& annotation : graph.quantizationAnnotations) {
    m.addBytes(field::graph::kQuantization, annotation);
  }
  for (const Value* value : graph.initializers()) {
    if (value->sparse) m.addMessage(field::graph::kSparseInitializer, sparseInitializer(*value));
  }
  m.addEncoded(graph.unknownFields);
  return m;
}

// ---- nodes --------------------------------------------------------------------------------------------------------

Message Encoder::node(const Node& node) const {
  Message m;
  size_t inputs = node.inputs().size();
  while (inputs > 0 && !node.inputs()[inputs - 1]) --inputs;
  for (size_t i = 0; i < inputs; ++i) m.addBytes(field::node::kInput, names_.of(node.input(i)));
  size_t outputs = node.outputs().size();
  while (outputs > 1 && names_.of(node.output(outputs - 1)).empty()) --outputs;
  for (size_t i = 0; i < outputs; ++i) m.addBytes(field::node::kOutput, names_.of(node.output(i)));
  m.addText(field::node::kName, names_.of(&node));
  m.addBytes(field::node::kOpType, node.opType);
  for (const Attribute& a : node.attributes) m.addMessage(field::node::kAttribute, attribute(a));
  m.addText(field::node::kDoc, node.doc);
  m.addText(field::node::kDomain, node.domain);
  m.addText(field::node::kOverload, node.overload);
  m.addEncoded(node.unknownFields);
  return m;
}

Message Encoder::attribute(const Attribute& attribute) const {
  Message m;
  if (const auto* opaque = std::get_if<Attribute::Opaque>(&attribute.value)) {
    m.addEncoded(opaque->bytes);
    return m;
  }
  m.addBytes(field::attribute::kName, attribute.name);
  payload(attribute, m);
  m.addText(field::attribute::kDoc, attribute.doc);
  // AttributeType's numbers follow the order of Attribute::Payload.
  m.addInt(field::attribute::kType,
           static_cast<int64_t>(std::array{2, 1, 3, 4, 5, 7, 6, 8, 9, 10}[attribute.value.index()]));
  return m;
}

void Encoder::payload(const Attribute& attribute, Message& m) const {
  std::visit(
      [&](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, int64_t>) {
          m.addInt(field::attribute::kInt, value);
        } else if constexpr (std::is_same_v<T, float>) {
          m.addFloat(field::attribute::kFloat, value);
        } else if constexpr (std::is_same_v<T, std::string>) {
          m.addBytes(field::attribute::kString, value);
        } else if constexpr (std::is_same_v<T, TensorPtr>) {
          m.addMessage(field::attribute::kTensor, tensor(value, value->name));
        } else if constexpr (std::is_same_v<T, std::unique_ptr<Graph>>) {
          m.addMessage(field::attribute::kGraph, graph(*value));
        } else if constexpr (std::is_same_v<T, std::vector<int64_t>>) {
          for (int64_t item : value) m.addInt(field::attribute::kInts, item);
        } else if constexpr (std::is_same_v<T, std::vector<float>>) {
          for (float item : value) m.addFloat(field::attribute::kFloats, item);
        } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          for (const std::string& item : value) m.addBytes(field::attribute::kStrings, item);
        } else if constexpr (std::is_same_v<T, std::vector<TensorPtr>>) {
          for (const TensorPtr& item : value) m.addMessage(field::attribute::kTensors, tensor(item, item->name));
        } else if constexpr (std::is_same_v<T, Attribute::Graphs>) {
          for (const auto& item : value) m.addMessage(field::attribute::kGraphs, graph(*item));
        }
      },
      attribute.value);
}

// ---- types --------------------------------------------------------------------------------------------------------

Message Encoder::valueInfo(const Value& value, const std::string& name) const {
  Message m;
  m.addBytes(field::value_info::kName, name);
  if (value.type.kind != Type::Kind::Unknown) m.addMessage(field::value_info::kType, type(value.type));
  m.addText(field::value_info::kDoc, value.doc);
  m.addEncoded(value.unknownFields);
  return m;
}

Message Encoder::type(const Type& t) const {
  Message m;
  switch (t.kind) {
    case Type::Kind::Unknown: return m;
    case Type::Kind::Opaque: m.addEncoded(t.opaque); return m;
    case Type::Kind::Tensor: m.addMessage(field::type::kTensor, tensorType(t)); break;
    case Type::Kind::Sequence:
    case Type::Kind::Optional: {
      Message inner;
      if (t.element) inner.addMessage(field::container_type::kElementType, type(*t.element));
      m.addMessage(t.kind == Type::Kind::Sequence ? field::type::kSequence : field::type::kOptional, std::move(inner));
      break;
    }
  }
  m.addText(field::type::kDenotation, t.denotation);
  return m;
}

Message Encoder::tensorType(const Type& t) const {
  Message m;
  if (t.dtype != ir::DType::Undefined) m.addInt(field::tensor_type::kElementType, static_cast<int64_t>(t.dtype));
  if (!t.dims) return m;
  Message shape;
  for (size_t i = 0; i < t.dims->size(); ++i) {
    const ir::Dim& dim = (*t.dims)[i];
    Message d;
    if (dim.isLiteral()) {
      d.addInt(field::dim::kValue, dim.literal());
    } else {
      d.addText(field::dim::kParameter, names_.dimParameter(dim));
    }
    if (i < t.axisDenotations.size()) d.addText(field::dim::kDenotation, t.axisDenotations[i]);
    shape.addMessage(field::shape::kDim, std::move(d));
  }
  m.addMessage(field::tensor_type::kShape, std::move(shape));
  return m;
}

// ---- tensors ------------------------------------------------------------------------------------------------------

void tensorHead(const Tensor& tensor, Message& m) {
  for (int64_t d : tensor.dims()) m.addInt(field::tensor::kDims, d);
  m.addInt(field::tensor::kDataType, static_cast<int64_t>(tensor.dtype()));
}

Message Encoder::tensor(const TensorPtr& tensor, const std::string& name) const {
  Message m;
  tensorHead(*tensor, m);
  for (const std::string& s : tensor->stringValues()) m.addBytes(field::tensor::kStringData, s);
  m.addText(field::tensor::kName, name);
  if (tensor->dtype() != ir::DType::String) m.addRawData(field::tensor::kRawData, tensor);
  return m;
}

Message Encoder::initializer(const Value& value) const {
  if (external_) {
    const auto it = external_->offsets.find(&value);
    if (it != external_->offsets.end()) {
      Message m;
      tensorHead(*value.constant, m);
      m.addText(field::tensor::kName, names_.of(&value));
      externalData(value, it->second, m);
      return m;
    }
  }
  return tensor(value.constant, names_.of(&value));
}

void Encoder::externalData(const Value& value, uint64_t offset, Message& m) const {
  constexpr int64_t kExternal = 1;  // onnx.TensorProto.DataLocation
  m.addMessage(field::tensor::kExternalData, entry("location", external_->location));
  m.addMessage(field::tensor::kExternalData, entry("offset", std::to_string(offset)));
  m.addMessage(field::tensor::kExternalData, entry("length", std::to_string(value.constant->byteSize())));
  m.addInt(field::tensor::kDataLocation, kExternal);
}

Message Encoder::sparseInitializer(const Value& value) const {
  Message m;
  m.addMessage(field::sparse_tensor::kValues, tensor(value.sparse->values, names_.of(&value)));
  m.addMessage(field::sparse_tensor::kIndices, tensor(value.sparse->indices, value.sparse->indices->name));
  for (int64_t d : value.sparse->dims) m.addInt(field::sparse_tensor::kDims, d);
  return m;
}

}  // namespace

Message encodeModel(const ir::Model& model, const Names& names, const ExternalLayout* external) {
  return Encoder(model, names, external).model();
}

// ---- external data ------------------------------------------------------------------------------------------------

namespace {

// Large tensors start at what every platform can map, others at a page; small ones do not waste one.
uint64_t alignment(uint64_t size) {
  if (size >= (1u << 20)) return 64u << 10;
  return size >= (4u << 10) ? 4u << 10 : 64;
}

void layOut(const Graph& graph, int64_t threshold, ExternalLayout& layout) {
  for (const Value* value : graph.initializers()) {
    if (!value->constant || value->constant->byteSize() < threshold || value->constant->byteSize() == 0) continue;
    const auto size = static_cast<uint64_t>(value->constant->byteSize());
    const uint64_t align = alignment(size);
    const uint64_t offset = (layout.size + align - 1) / align * align;
    layout.offsets.emplace(value, offset);
    layout.tensors.emplace_back(offset, value->constant);
    layout.size = offset + size;
  }
  for (const auto& node : graph.nodes()) {
    for (const Graph* inner : node->subgraphs()) layOut(*inner, threshold, layout);
  }
}

}  // namespace

ExternalLayout layOutExternal(const ir::Model& model, int64_t threshold) {
  ExternalLayout layout;
  layOut(model.graph, threshold, layout);
  return layout;
}

}  // namespace deploytool::onnx_io
