// Variables and containers that may be the same one: which, a run decides. A value that a branch or a loop gives out as a
// variable of its own may be a variable from before; what is written to one of them later is seen in the other.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "export/value.h"

namespace deploytool::exporter {

/// A rank-0 bool, and which answer is meant; no condition where it is not known.
struct When {
  Tensor condition;
  bool holds = true;
};

struct Alias {
  Value joined;       ///< what came out: a variable, list, dict or object
  Value source;       ///< the one from before
  When when;          ///< they are the same one
  std::string place;  ///< where a run decides it
};

/// A tensor that was put into a list, or taken from it, where the list is an ONNX sequence: a copy, in which writes to the
/// tensor have to be repeated.
struct Element {
  std::shared_ptr<ListValue> list;
  Tensor sequence;            ///< what the list held then; nothing where it was no sequence
  std::optional<Dim> index;   ///< nothing for the last
};

/// All that were met, found by either side.
class AliasBook {
 public:
  void add(Alias alias);
  bool empty() const { return aliases_.empty(); }
  const Alias& operator[](size_t i) const { return aliases_[i]; }
  /// Those of a container, or of a tensor variable's root.
  std::vector<size_t> of(const Value& value) const;

 private:
  std::vector<Alias> aliases_;
  std::unordered_map<const void*, std::vector<size_t>> index_;
};

/// What tells a container or a tensor variable's memory apart from others; null for other values.
const void* identityOf(const Value& value);
/// Views of one tensor that cannot overlap: different elements of one list of pieces.
bool mayShare(const TensorVar& a, const TensorVar& b);
/// Whether `accept` holds for the value, or for one in it.
bool anyInside(const Value& value, const std::function<bool(const Value&)>& accept);

}  // namespace deploytool::exporter
