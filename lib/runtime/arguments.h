// TorchScript arguments from flat tensors, and flat tensors from what a method returns.
#pragma once

#include <vector>

#include "export/input_spec.h"
#include "runtime/data_file.h"
#include "torchscript/program.h"

namespace deploytool::runtime {

/// Builds the arguments of a method. With `specs` (as given to the export) these say the structure; every tensor in them
/// takes the input of its flattened name (`x`, `states.0`, `batch.key`). Without, argument types say it: inputs are taken
/// in order, lists and dicts as far as the names go on (`states.0`, `states.1`), an argument with a default when its name
/// comes up. An int, float or bool argument takes a rank-0 tensor.
Result<std::vector<ts::Value>> buildArguments(const std::vector<ts::Argument>& arguments,
                                              const std::vector<NamedTensor>& inputs,
                                              const std::vector<exporter::InputSpec>& specs);

/// Flattens a result as the exporter does: a tensor is one output, int, float and bool rank-0 tensors, None nothing.
/// Names are positions and keys: `output`, `output_0`, `output_1`.
Result<std::vector<NamedTensor>> flattenResult(const ts::Value& result);

/// Flattened tensors of the specs with their names, in order.
struct FlatSpec {
  std::string name;
  const exporter::Spec* spec;  ///< a TensorSpec or FileSpec
};
std::vector<FlatSpec> flattenSpecs(const std::vector<exporter::InputSpec>& specs);

}  // namespace deploytool::runtime
