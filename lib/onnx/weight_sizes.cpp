#include "onnx/weight_sizes.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

namespace deploytool::onnx_io {

namespace {

using Key = std::pair<std::string, std::string>;

struct Table {
  std::map<Key, WeightSize> rows;

  void add(const ir::Tensor& tensor, const ir::Value& value) {
    const std::string op = value.uses().empty() ? "" : value.uses().front().node->opType;
    const std::string dtype(ir::dtypeName(tensor.dtype()));
    WeightSize& row = rows.try_emplace(Key(dtype, op), WeightSize{dtype, op, 0, 0}).first->second;
    ++row.count;
    row.bytes += static_cast<uint64_t>(tensor.byteSize());
  }

  void addInitializers(const ir::Graph& graph) {
    for (const ir::Value* value : graph.initializers()) {
      if (value->constant) add(*value->constant, *value);
    }
  }
};

}  // namespace

std::vector<WeightSize> weightSizes(ir::Model& model) {
  Table table;
  table.addInitializers(model.graph);
  model.graph.forEachNode([&](ir::Node& node) {
    for (const ir::Graph* body : node.subgraphs()) table.addInitializers(*body);
    const ir::Attribute* value = node.opType == "Constant" && node.domain.empty() ? node.attribute("value") : nullptr;
    const auto* tensor = value ? std::get_if<ir::TensorPtr>(&value->value) : nullptr;
    if (tensor && *tensor) table.add(**tensor, *node.output());
  });
  std::vector<WeightSize> sizes;
  for (auto& [key, row] : table.rows) sizes.push_back(std::move(row));
  std::stable_sort(sizes.begin(), sizes.end(), [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  return sizes;
}

nlohmann::ordered_json toJson(const std::vector<WeightSize>& sizes) {
  auto list = nlohmann::ordered_json::array();
  for (const WeightSize& s : sizes)
    list.push_back({{"dtype", s.dtype}, {"op", s.op}, {"count", s.count}, {"bytes", s.bytes}});
  return list;
}

std::vector<WeightSize> weightSizesFromJson(const nlohmann::ordered_json& json) {
  std::vector<WeightSize> sizes;
  if (!json.is_array()) return sizes;
  for (const auto& item : json)
    sizes.push_back({item.value("dtype", ""), item.value("op", ""), item.value("count", int64_t{0}), item.value("bytes", uint64_t{0})});
  return sizes;
}

}  // namespace deploytool::onnx_io
