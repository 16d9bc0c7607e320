// Remembering and restoring attributes; see module_state.h.
#include "torchscript/module_state.h"

namespace deploytool::ts {

namespace {

// Values that hold no class instance, whose copy would be another object than the one that other attributes refer to.
bool isPlain(const c10::IValue& value) {
  const auto all = [](const auto& items) {
    return std::all_of(items.begin(), items.end(), [](const c10::IValue& i) { return isPlain(i); });
  };
  if (value.isTuple()) return all(value.toTupleRef().elements());
  if (value.isList()) return all(value.toListRef());
  if (!value.isGenericDict())
    return value.isNone() || value.isTensor() || value.isScalar() || value.isBool() || value.isString() ||
           value.isDevice();
  const auto dict = value.toGenericDict();
  return std::all_of(dict.begin(), dict.end(),
                     [](const auto& entry) { return isPlain(entry.key()) && isPlain(entry.value()); });
}

}  // namespace

ModuleState::ModuleState(const torch::jit::Module& module) {
  at::NoGradGuard noGradients;
  Objects seen;
  remember(module._ivalue(), seen);
}

void ModuleState::remember(const c10::intrusive_ptr<c10::ivalue::Object>& object, Objects& seen) {
  if (!seen.insert(object.get()).second) return;
  for (size_t i = 0; i < object->slots().size(); ++i) remember(object, i, seen);
}

void ModuleState::remember(const c10::intrusive_ptr<c10::ivalue::Object>& owner, size_t index, Objects& seen) {
  const c10::IValue& value = owner->slots()[index];
  if (value.isObject()) remember(value.toObject(), seen);
  if (value.isTensor()) {
    const at::Tensor& tensor = value.toTensor();
    const bool mayChange = tensor.defined() && !owner->type()->is_parameter(index);
    slots_.push_back(
        {owner, index, value, mayChange ? tensor.clone() : at::Tensor(), mayChange ? tensor._version() : 0});
  } else if (isPlain(value)) {
    slots_.push_back({owner, index, value.deepcopy(), {}, 0});
  }
}

void ModuleState::restore() const {
  at::NoGradGuard noGradients;
  for (const Slot& slot : slots_) {
    if (!slot.value.isTensor()) {
      slot.owner->setSlot(slot.index, slot.value.deepcopy());
      continue;
    }
    slot.owner->setSlot(slot.index, slot.value);
    if (!slot.content.defined()) continue;
    // A method may have given the tensor another shape: its data then, else its content.
    at::Tensor tensor = slot.value.toTensor();
    if (tensor._version() == slot.version) continue;
    if (tensor.sizes() == slot.content.sizes()) {
      tensor.copy_(slot.content);
    } else {
      tensor.set_data(slot.content.clone());
    }
  }
}

}  // namespace deploytool::ts
