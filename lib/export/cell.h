// Tensor variables and the journal of changes.
//
// A view remembers its base and how it was taken; after a write to the base it is derived again when next read, and a
// write through a view goes to the base. Every change is journaled, so that a speculative walk can be undone and the
// places that it wrote are known.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "export/value.h"

namespace deploytool::exporter {

/// How a view is taken and written through.
struct View {
  TensorVar base;
  std::function<Tensor(const Tensor& base)> derive;
  /// The base's new content when the view becomes `content`.
  std::function<Tensor(const Tensor& base, const Tensor& content)> assign;
  std::optional<size_t> element = {};  ///< of the pieces that one operator takes; they do not overlap
};

struct Cell {
  Tensor content;
  uint64_t birth = 0;    ///< serial number of creation; 0: part of the program itself
  uint64_t version = 0;  ///< of a root: serial of its last write; of a view: the root's version `content` was derived at
  std::shared_ptr<const View> view;
  bool wrappedNumber = false;  ///< made from a Python number: it does not take part in dtype promotion like a tensor
  bool dense = true;           ///< laid out contiguously as far as known: contiguous() returns the tensor itself
  std::string state;           ///< of an attribute: its dotted name
};

TensorVar makeCell(Tensor content);
const TensorVar& rootOf(const TensorVar& cell);

/// Something that a walk changed.
using Place = std::variant<TensorVar, std::shared_ptr<ListValue>, std::shared_ptr<DictValue>,
                           std::pair<std::shared_ptr<ObjectValue>, std::string>>;

class Heap {
 public:
  Tensor read(const TensorVar& cell);
  void write(const TensorVar& cell, const Tensor& content);
  void willChange(const std::shared_ptr<ListValue>& list);
  void willChange(const std::shared_ptr<DictValue>& dict);
  void setAttribute(const std::shared_ptr<ObjectValue>& object, const std::string& name, Value value);

  struct Mark {
    size_t entries;
    uint64_t serial;
  };
  Mark mark() const;
  /// Places that existed at the mark and were written since, in order of first write. Writes through a view count as
  /// writes to its root.
  std::vector<Place> writtenSince(const Mark& mark) const;
  void rollback(const Mark& mark);

 private:
  struct CellEntry {
    TensorVar cell;
    Tensor content;
    uint64_t version;
    bool written;
  };
  struct ListEntry {
    std::shared_ptr<ListValue> list;
    ListValue old;
  };
  struct DictEntry {
    std::shared_ptr<DictValue> dict;
    DictValue old;
  };
  struct AttributeEntry {
    std::shared_ptr<ObjectValue> object;
    std::string name;
    std::optional<Value> old;
  };
  using Entry = std::variant<CellEntry, ListEntry, DictEntry, AttributeEntry>;
  std::vector<Entry> journal_;

  void set(const TensorVar& cell, const Tensor& content, uint64_t version, bool written);
};

}  // namespace deploytool::exporter
