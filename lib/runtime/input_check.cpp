#include "runtime/input_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace deploytool::runtime {

namespace {

Diagnostic misfit(const Port& port, const ir::Tensor& tensor) {
  const std::string given = fmt::format("{}[{}]", ir::dtypeName(tensor.dtype()), fmt::join(tensor.dims(), ","));
  return makeError(ExitCode::Usage, fmt::format("its input '{}' is {}, not {}", port.name, ir::text(port.type), given),
                   "compare it on inputs of its dtypes and ranks");
}

}  // namespace

Status checkInputs(const std::vector<Port>& ports, const std::vector<ir::Tensor>& tensors) {
  for (size_t i = 0; i < std::min(ports.size(), tensors.size()); ++i) {
    const ir::Type& type = ports[i].type;
    if (!type.isTensor() || type.dtype == ir::DType::Undefined) continue;
    const bool rankFits = !type.dims || type.dims->empty() || type.dims->size() == tensors[i].dims().size();
    if (type.dtype != tensors[i].dtype() || !rankFits) return misfit(ports[i], tensors[i]);
  }
  return {};
}

}  // namespace deploytool::runtime
