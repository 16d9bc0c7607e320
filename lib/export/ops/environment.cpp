// Questions about the machine and the run that an exported model answers once: no gradients, no autocast, one device.
#include "export/ops/families.h"

namespace deploytool::exporter::ops {

namespace {

template <bool Answer>
Results fixed(Call&) { return {Value(Answer)}; }

// aten::get_autocast_dtype(device_type): what torch sets out with, as its number
Results autocastType(Call& c) {
  constexpr int64_t kHalf = 5, kBFloat16 = 15;
  return {Value(c.text("device_type") == "cpu" ? kBFloat16 : kHalf)};
}

/// What the program only checks or prints.
Results leftOut(Call& c) {
  c.note(c.schema().key() + " is left out: the model does not check what it asserts or print");
  return {};
}

}  // namespace

std::vector<Row> environment() {
  return {
      {"aten::is_grad_enabled()", fixed<false>},
      {"aten::is_autocast_enabled()", fixed<false>},
      {"aten::is_autocast_cpu_enabled()", fixed<false>},
      {"aten::get_autocast_dtype(device_type)", autocastType},
      {"aten::is_scripting()", fixed<true>, "", Row::Static::Always},
      {"aten::get_device(self)", [](Call&) -> Results { return {Value(-1)}; }},
      {"aten::Size(sizes)", [](Call& c) -> Results { return {c.arg("sizes")}; }, "", Row::Static::Always},
      {"aten::_assert_async(self)", leftOut},
      {"aten::_assert_async.msg(self)", leftOut},
      {"aten::_assert_scalar(self)", leftOut},
      {"aten::_assert_tensor_metadata(a)", leftOut},
      {"aten::cpu(self)", pass()},
      {"aten::cuda(self)", pass()},
  };
}

}  // namespace deploytool::exporter::ops
