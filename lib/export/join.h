// What is known of a value that comes from several paths (branches of an If, rounds of a Loop), and how it crosses the
// border of a subgraph: flattened to ONNX values on the way out and rebuilt after.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "export/builder.h"
#include "export/cell.h"
#include "export/value.h"

namespace deploytool::exporter {

/// A value at one point of a walk: variables read, containers copied, so that it outlives a rollback.
struct Picture {
  Value value;                  ///< the leaf; for containers and variables, their identity
  Tensor content;               ///< of a tensor variable, run-time scalar or sequence
  std::vector<Picture> parts;   ///< of list, tuple, dict (values), object (attributes), optional (its value)
  std::vector<Value> keys;      ///< of a dict; attribute names of an object
  bool contents = false;        ///< of a place: what it holds is meant, not which object it is
  Value form = {};              ///< of a list that is kept by columns; parts are the columns then
  bool disordered = false;      ///< of a dict
};
Picture takePicture(const Value& value, Heap& heap);
/// Of what a place holds, rather than of its identity.
Picture takePicture(const Place& place, Heap& heap);

struct Joined {
  enum class Kind { Same, Tensor, Int, Float, Bool, List, Tuple, Dict, Object, Sequence, Optional, Conflict };
  Kind kind = Kind::Same;
  Picture same;                            ///< the path seen first: the value of Same, types and keys of containers
  DType dtype = DType::Undefined;          ///< Tensor; elements of a Sequence
  std::vector<std::optional<Dim>> dims;    ///< Tensor; elements of a Sequence. Nothing: differs or unknown outside
  bool knownRank = true;                   ///< Sequence: false while only empty lists were seen, or ranks differ
  bool nonNegative = false;                ///< Int
  std::vector<Joined> parts;               ///< containers; Optional: one
  std::string conflict;                    ///< Conflict: why the paths do not fit together (empty: poison)
};

/// Where paths meet: the builder stands outside of them, and they began at a mark of the heap.
struct Outside {
  const Builder& builder;
  uint64_t begin;  ///< serial of the mark

  bool isVisible(const Dim& dim) const { return builder.isVisible(dim); }
  bool isVisible(const Tensor& content) const;
  /// A variable or container from before: its identity is what a path gives out. What the path wrote into it is a place.
  bool knows(const Value& value) const;
};

/// A list of containers of one form as its columns; nothing where their forms differ.
std::optional<Picture> byColumns(const Picture& list, const Value& form);
/// The form that the elements of a list have: none where they are no containers, or there are none.
Value formOf(const Picture& list);

/// The same static leaf, or the same identity.
bool sameLeaf(const Picture& a, const Picture& b);
/// Whether a value is an entry of a dict of which a run decides whether it is there.
bool isEntry(const Value& value);
/// What stands for the keys of a dict whose keys a run decides: its entries are a list of numbers and a list of values.
inline constexpr const char* kRuntimeKeys = "?keys";
inline constexpr const char* kRuntimeValues = "?values";
bool hasRuntimeKeys(const std::vector<Value>& keys);
bool isRuntimeDict(const DictValue& dict);
/// The same dict in this form.
Picture runtimeDict(const Picture& dict);
/// Dicts: keys that only one path has are entries of which a run decides whether they are there.
Joined joinDicts(const Joined& a, const Picture& b, const Outside& outside);
/// What a picture holds where `joined` has its part i: for dicts by key, and nothing where the key is missing.
const Picture& partOf(const Joined& joined, const Picture& picture, size_t i);
/// What a picture holds of the value of an Optional.
const Picture& insideOf(const Joined& optional, const Picture& picture);

/// One path alone.
Joined lift(const Picture& picture);
/// Both. What is not visible outside becomes unknown.
Joined join(const Joined& a, const Picture& b, const Outside& outside);
/// The same with everything that is not visible outside made unknown.
Joined generalise(const Picture& picture, const Outside& outside);
Joined generalise(Joined a, const Outside& outside);
bool operator==(const Joined& a, const Joined& b);

/// Appends the ONNX values that carry `picture` as `joined`; emits into the current graph.
void flatten(const Joined& joined, const Picture& picture, Builder& builder, std::vector<ir::Value*>& values);
/// Makes the value again; `next` gives the ONNX value for each type in flatten's order.
Value rebuild(const Joined& joined, Builder& builder, const std::function<ir::Value*(const ir::Type&)>& next);
/// Puts a rebuilt value into a place.
void assignPlace(const Place& place, const Joined& joined, const Value& value, Heap& heap);
/// Makes the place hold what it held when the picture was taken.
void putBack(const Place& place, const Picture& picture, Heap& heap);

}  // namespace deploytool::exporter
