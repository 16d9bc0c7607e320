// Running a model on several sets of inputs in a process of its own.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "export/input_spec.h"
#include "runtime/data_file.h"
#include "runtime/session.h"

namespace deploytool::runtime {

enum class ModelKind { Archive, Onnx, Recorded };

/// What a path holds, by its extension and first bytes.
Result<ModelKind> modelKindOf(const std::string& path);

struct ProcessOptions {
  uint64_t memory = 0;  ///< bytes; 0: by the file's size
  double seconds = 0;   ///< 0: the default
  int threads = 0;
  bool showOutput = false;
  std::function<void(std::string_view)> onStage;
};

struct ModelToRun {
  std::string path;
  std::string name;                            ///< for messages
  ModelKind kind = ModelKind::Onnx;
  std::string method = "forward";              ///< of an archive
  std::vector<exporter::InputSpec> specs;      ///< structure of the archive's arguments; may be empty
  bool float64 = false;                        ///< an archive: parameters and inputs in float64
  bool otherEngine = false;                    ///< an archive: quantized operators by libtorch's second engine
  ProcessOptions process;
};

/// The answer to one set of inputs: outputs flattened depth first, or why there are none.
struct ModelRun {
  std::optional<std::string> refusal;
  std::vector<NamedTensor> outputs;
};

/// One run per set of inputs, in order; a set that the model refuses does not end the others. The error is about the
/// model as a whole: it cannot be loaded, its process died.
Result<std::vector<ModelRun>> runModel(const ModelToRun& model, const std::vector<std::vector<NamedTensor>>& cases);

/// Inputs of a model that is an ONNX file.
Result<std::vector<Port>> onnxInputs(const ModelToRun& model);

}  // namespace deploytool::runtime
