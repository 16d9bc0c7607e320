// The text form of a model, for tests and `--print-after`. What is printed can be parsed again:
//
//   ir 8
//   opset 13, com.microsoft 1
//   graph main(x: float32[batch, 3], c: bool[]) -> (y, k) {
//     w: float32[3] = {1, 2, 3}
//     h: float32[batch, 3] = Add(x, w) @"add_1"
//     s: int64[2] {batch, 3} = Shape(h)
//     y, _ = TopK<axis=-1, largest=1>(h, k)
//     z = If<then_branch=graph() -> (t) { t = Neg(h) }, else_branch=graph() -> (h) {}>(c)
//     e = com.microsoft::Gelu(z)
//   }
//
// A name that is no word stands in quotes. `_` is an input or output left out; `%3` a value without a name.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "deploytool/status.h"
#include "ir/graph.h"

namespace deploytool::ir {

struct TextOptions {
  /// Constants of more elements are printed as `#<hash>`; such text cannot be parsed.
  int64_t maxElements = 1 << 20;
};

std::string text(const Model& model, const TextOptions& options = {});
std::string text(const Graph& graph, const TextOptions& options = {});
std::string text(const Node& node, const TextOptions& options = {});

/// Errors name the line. Values must be defined before they are used.
Result<std::unique_ptr<Model>> parseModel(std::string_view text);
/// `2*batch + 1`, `floordiv(seq, 2)`; nothing when it is no expression.
std::optional<Dim> parseDim(std::string_view text);

}  // namespace deploytool::ir
