// Tensors in files: NumPy's `.npy` and `.npz`, ONNX TensorProto `.pb`, and folders of recorded runs.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "deploytool/status.h"
#include "ir/tensor.h"

namespace deploytool::runtime {

struct NamedTensor {
  std::string name;  ///< empty where the file has none
  ir::Tensor tensor;
};

/// Reads by extension: `.npy` and `.pb` hold one tensor, `.npz` several, in the archive's order. Errors: Io where the
/// file cannot be read, BadInput where it is damaged, Unsupported for a dtype that we lack, Usage for the extension.
Result<std::vector<NamedTensor>> readTensorFile(const std::string& path);
/// Writes by extension; `.npy` and `.pb` take exactly one tensor. Replaces an existing file.
Status writeTensorFile(const std::string& path, const std::vector<NamedTensor>& tensors);

// The formats, on memory. Tensors share `bytes` through `owner` where the layout allows.
using Bytes = std::span<const std::byte>;
using Buffer = std::vector<std::byte>;
Result<ir::Tensor> parseNpy(Bytes bytes, std::shared_ptr<const void> owner);
Result<Buffer> formatNpy(const ir::Tensor& tensor);
Result<std::vector<NamedTensor>> parseNpz(Bytes bytes);
Result<Buffer> formatNpz(const std::vector<NamedTensor>& tensors);
Result<NamedTensor> parseTensorProto(Bytes bytes);
Result<Buffer> formatTensorProto(const NamedTensor& tensor);

/// One recorded run: inputs and expected outputs, in order. Outputs may be missing.
struct DataSet {
  std::string name;  ///< `test_data_set_0`, or the file's name
  std::vector<NamedTensor> inputs;
  std::vector<NamedTensor> outputs;
};

/// Recorded runs at `path`: a folder of `test_data_set_N/{input,output}_i.pb` (or one such folder, or `.npy` instead of
/// `.pb`), or an `.npz` whose arrays are the inputs (those whose name begins with `output` are expected outputs).
Result<std::vector<DataSet>> readDataSets(const std::string& path);

/// A file's contents, at most `limit` bytes.
Result<std::shared_ptr<const Buffer>> readBytes(const std::string& path, uint64_t limit = uint64_t{8} << 30);

}  // namespace deploytool::runtime
