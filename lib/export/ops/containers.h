// What the families on lists and dicts share: Python's comparisons on values that may be decided at run time.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "export/table.h"

namespace deploytool::exporter::ops {

/// A bool that is known, or computed by the graph.
struct Truth {
  std::optional<bool> known;
  Tensor runtime;  ///< rank-0 bool, where it is not known

  Truth(bool value) : known(value) {}
  explicit Truth(Tensor value) : runtime(std::move(value)) {}
  Value value() const { return known ? Value(*known) : Value(RuntimeScalar{runtime}); }
};

Truth both(Builder& b, const Truth& x, const Truth& y);
Truth either(Builder& b, const Truth& x, const Truth& y);
Truth negated(Builder& b, const Truth& x);
/// Of a bool, an int, a float, or one of those decided at run time.
Truth truthOf(Call& c, const Value& value);
/// Python's ==: numbers, strings, None, lists and tuples of them, tensors (all elements equal).
Truth equals(Call& c, const Value& a, const Value& b);
/// Like equals, but the answer must be known: keys of dicts.
bool isSameKey(Call& c, const Value& a, const Value& b);

/// The list, resp. dict, that an argument holds.
std::shared_ptr<ListValue> listOf(Call& c, std::string_view name);
std::shared_ptr<DictValue> dictOf(Call& c, std::string_view name);
Value makeList(ts::TypePtr elementType, std::vector<Value> items);

/// An element of an ONNX sequence as the program's value, and back.
Value fromElement(Call& c, const Tensor& element, const ts::TypePtr& type);
Tensor toElement(Call& c, const Value& value);
/// The same, for a sequence that it joins: its elements have one dtype.
Tensor toElementOf(Call& c, const Tensor& sequence, const Value& value);
/// Whether a list has items, and only such as an ONNX sequence takes.
bool canBeSequence(const ListValue& list);
/// The items of a list as an ONNX sequence; the list itself is left as it is.
Tensor asSequence(Call& c, const ListValue& list);

}  // namespace deploytool::exporter::ops
