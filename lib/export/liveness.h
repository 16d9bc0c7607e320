// Which values of a function are still read after a node of it, on some path that a run may take.
#pragma once

#include <unordered_map>
#include <vector>

#include "torchscript/program.h"

namespace deploytool::exporter {

class Liveness {
 public:
  explicit Liveness(const ts::Function& function);

  bool has(const ts::Node* node) const { return spans_.count(node) > 0; }
  /// Whether a node after `at` (or around it, in a later round of a loop) reads what `id` holds now.
  bool isReadAfter(ts::ValueId id, const ts::Node* at) const;

 private:
  struct Span {
    int begin, end;  ///< positions in the order of the text; a node's blocks lie inside
    bool holds(int position) const { return begin <= position && position < end; }
  };
  struct NodeSpan {
    Span span;
    const ts::Node* around;       ///< the node whose block it stands in; null at the top
    size_t block;                 ///< which block of that
    std::vector<Span> blocks;
  };

  void walk(const ts::Block& block, const ts::Node* around, size_t which);

  int next_ = 0;
  std::unordered_map<const ts::Node*, NodeSpan> spans_;
  std::unordered_map<ts::ValueId, int> definitions_;
  std::unordered_map<ts::ValueId, std::vector<int>> reads_;
};

}  // namespace deploytool::exporter
