// Collecting facts about an ONNX model.
#include "onnx/describe.h"

#include <map>
#include <nlohmann/json.hpp>

namespace deploytool::onnx_io {

namespace {

using Json = nlohmann::ordered_json;

Json ports(const std::vector<ir::Value*>& values) {
  Json out = Json::array();
  for (const ir::Value* value : values) {
    if (value->constant) continue;  // an initializer that is listed among the inputs
    out.push_back({{"name", value->name}, {"type", text(value->type)}});
  }
  return out;
}

std::string operatorName(const ir::Node& node) {
  return node.domain.empty() ? node.opType : node.domain + "::" + node.opType;
}

Json operators(ir::Model& model, Json& flow) {
  std::map<std::string, size_t> counts;
  model.graph.forEachNode([&](ir::Node& node) { ++counts[operatorName(node)]; });
  flow = {{"if", counts["If"]}, {"loop", counts["Loop"]}, {"scan", counts["Scan"]}};
  Json out = Json::array();
  for (const auto& [name, count] : counts) {
    if (count > 0) out.push_back({{"name", name}, {"count", count}});
  }
  return out;
}

}  // namespace

Json describe(ir::Model& model) {
  Json tensors = Json::array();
  uint64_t bytes = 0;
  uint64_t elements = 0;
  for (const ir::Value* value : model.graph.initializers()) {
    const ir::Tensor& tensor = value->storedElements();
    tensors.push_back({{"name", value->name},
                       {"role", "initializer"},
                       {"dtype", ir::dtypeName(tensor.dtype())},
                       {"dims", tensor.dims()}});
    bytes += static_cast<uint64_t>(tensor.byteSize());
    elements += static_cast<uint64_t>(tensor.numel());
  }
  Json opsets = Json::object();
  for (const auto& [domain, version] : model.opsets) opsets[domain.empty() ? "ai.onnx" : domain] = version;
  Json flow;
  Json list = operators(model, flow);
  return {{"format", "onnx"},
          {"ir_version", model.irVersion},
          {"opsets", opsets},
          {"producer", model.producerName + (model.producerVersion.empty() ? "" : " " + model.producerVersion)},
          {"inputs", ports(model.graph.inputs())},
          {"outputs", ports(model.graph.outputs())},
          {"operators", std::move(list)},
          {"control_flow", flow},
          {"functions", model.functions.size()},
          {"parameter_count", elements},
          {"parameter_bytes", bytes},
          {"tensors", std::move(tensors)}};
}

}  // namespace deploytool::onnx_io
