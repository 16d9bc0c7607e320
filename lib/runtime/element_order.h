// The order of outputs where an archive gives a list of containers and the ONNX model a sequence for each of their parts.
#pragma once

#include <functional>
#include <vector>

#include "runtime/data_file.h"

namespace deploytool::runtime {

/// The outputs in the order of the containers: `scores[0] labels[0] scores[1] labels[1]`, where they were flattened as
/// `scores[0] scores[1] labels[0] labels[1]`, and more of them fit so. `fits` says whether the output at one position is
/// what is expected at another. Without sequences of one length side by side nothing changes.
std::vector<NamedTensor> inElementOrder(std::vector<NamedTensor> outputs, const std::function<bool(size_t, size_t)>& fits);

}  // namespace deploytool::runtime
