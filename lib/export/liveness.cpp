#include "export/liveness.h"

#include <algorithm>

namespace deploytool::exporter {

Liveness::Liveness(const ts::Function& function) { walk(function.body, nullptr, 0); }

void Liveness::walk(const ts::Block& block, const ts::Node* around, size_t which) {
  for (ts::ValueId id : block.inputs) definitions_[id] = next_ - 1;
  for (const ts::Node& node : block.nodes) {
    const int begin = next_++;
    for (ts::ValueId id : node.inputs) reads_[id].push_back(begin);
    NodeSpan span{{begin, 0}, around, which, {}};
    for (size_t i = 0; i < node.blocks.size(); ++i) {
      const int start = next_++;
      walk(node.blocks[i], &node, i);
      span.blocks.push_back({start, next_});
    }
    span.span.end = next_;
    for (ts::ValueId id : node.outputs) definitions_[id] = next_ - 1;
    spans_.emplace(&node, std::move(span));
  }
  const int end = next_++;
  for (ts::ValueId id : block.outputs) reads_[id].push_back(end);
}

bool Liveness::isReadAfter(ts::ValueId id, const ts::Node* at) const {
  const auto reads = reads_.find(id);
  const auto definition = definitions_.find(id);
  const auto start = spans_.find(at);
  if (reads == reads_.end() || definition == definitions_.end() || start == spans_.end()) return false;
  const int here = start->second.span.begin;
  if (definition->second >= here) return false;  // given anew before it is read
  return std::any_of(reads->second.begin(), reads->second.end(), [&](int read) {
    bool ahead = read >= start->second.span.end;
    for (const NodeSpan* node = &start->second; node->around; node = &spans_.at(node->around)) {
      const NodeSpan& outer = spans_.at(node->around);
      const bool isLoop = node->around->kind == "prim::Loop";
      // The other branch does not run after this one; but in a later round it may.
      if (!isLoop && outer.span.holds(read) && !outer.blocks[node->block].holds(read)) ahead = false;
      if (isLoop && outer.blocks[node->block].holds(read) && !outer.span.holds(definition->second)) ahead = true;
    }
    return ahead;
  });
}

}  // namespace deploytool::exporter
