// What a module's attributes hold, to be put back after a run that changed them.
#pragma once

#include <unordered_set>
#include <vector>

#include "torchscript/torch_headers.h"

namespace deploytool::ts {

/// A module keeps counters, caches and running statistics in its attributes; each run of a comparison starts without
/// them, as an exported graph does. Tensors are remembered by content, save parameters, which a run without gradients
/// does not write; objects of foreign classes (packed weights) stay as they are.
class ModuleState {
 public:
  explicit ModuleState(const torch::jit::Module& module);
  void restore() const;

 private:
  struct Slot {
    c10::intrusive_ptr<c10::ivalue::Object> owner;
    size_t index;
    c10::IValue value;     ///< a tensor: the very one of the attribute; else a copy
    at::Tensor content;    ///< of a tensor that may be written
    int64_t version = 0;   ///< of that tensor when it was copied
  };
  using Objects = std::unordered_set<const c10::ivalue::Object*>;

  void remember(const c10::intrusive_ptr<c10::ivalue::Object>& object, Objects& seen);
  void remember(const c10::intrusive_ptr<c10::ivalue::Object>& owner, size_t index, Objects& seen);

  std::vector<Slot> slots_;
};

}  // namespace deploytool::ts
