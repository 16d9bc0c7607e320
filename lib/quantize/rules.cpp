#include "quantize/rules.h"

#include <algorithm>

#include "quantize/rules/families.h"

namespace deploytool::quantize {

std::span<const Rule> rules() {
  static const std::vector<Rule> all = [] {
    std::vector<Rule> rows;
    for (const auto family : {linearRules(), recurrentRules(), embeddingRules(), convolutionRules()})
      rows.insert(rows.end(), family.begin(), family.end());
    return rows;
  }();
  return all;
}

const Rule* ruleOf(const ir::Node& node) {
  const std::string domain = node.domain == "ai.onnx" ? "" : node.domain;
  const auto all = rules();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Rule& r) { return node.opType == r.opType && domain == r.domain; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace deploytool::quantize
