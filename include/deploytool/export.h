// Exporting TorchScript archives to ONNX.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "deploytool/quantize.h"
#include "deploytool/status.h"

namespace deploytool {

struct ExportOptions {
  /// `NAME:SPEC`, one per argument of the method: by name when every NAME is an argument's name, otherwise by position.
  /// `x:float32[batch,3,224,224]` declares a tensor with a dynamic first axis. An argument left out takes its default.
  std::vector<std::string> inputs;
  std::vector<std::string> outputNames;  ///< one per flattened output, or none
  std::string dynamicAxes;               ///< `input:0=batch,output:0=batch`
  std::string method = "forward";
  int64_t opset = 13;
  int64_t unrollLimit = 20'000;  ///< nodes that one unrolled loop may emit
  bool strictDims = false;       ///< refuse where the graph's structure needs the size of a dynamic axis
  bool dropUnusedInputs = false;
  bool externalData = false;     ///< weights in a second file, even below 2 GB
  std::optional<QuantizeOptions> int8;  ///< quantize the weights in the same step
  /// Operators that become nodes of another domain: `my::op=my.domain::Op`. libtorch takes any arguments for one that it
  /// does not know, and one tensor as its result.
  std::vector<std::string> customOps;
  std::string customOpsJson;     ///< the same with schema, attributes and outputs: see `deploytool export --help`
  std::vector<std::string> metadata;       ///< `key=value`, into the model
  bool keepInitializersAsInputs = false;   ///< parameters are inputs too, with their values as defaults
  bool noFold = false;                     ///< leave what depends on constants only as it is
};

/// An input or output of a model: `float32[batch, 3, 224, 224]`.
struct PortInfo {
  std::string name;
  std::string type;
};

struct ExportReport {
  bool traced = false;           ///< recorded by torch.jit.trace: branches and loops of the source are gone
  std::vector<PortInfo> inputs;
  std::vector<PortInfo> outputs;
  int64_t opset = 0;
  uint64_t nodeCount = 0;
  uint64_t weightBytes = 0;
  std::string dataFile;          ///< name of the file with the weights beside the model; empty for none
  std::optional<QuantizeReport> quantization;  ///< with ExportOptions::int8
  /// Errors when it failed; otherwise assumptions, approximations and what was left out, as notes and warnings.
  Diagnostics diagnostics;

  bool ok() const;
};

/// Exports the archive at `modelPath` to `outputPath`, in this process: libtorch is loaded into it, and a hostile archive
/// can harm it (the program `deploytool` runs this in a child process). The output appears complete or not at all; an
/// existing file is replaced only with `force`.
///
/// Errors: Usage (options that do not fit the model), BadInput (no TorchScript archive), Unsupported (an operator or
/// feature; all of them are reported at once), Io.
ExportReport exportArchive(const std::string& modelPath, const std::string& outputPath, const ExportOptions& options,
                           bool force = false);

}  // namespace deploytool
