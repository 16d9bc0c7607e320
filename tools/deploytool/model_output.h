// What commands that write a model have in common: the options, the file, its checks, the comparison of its numbers, and
// the commit.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "deploytool/console.h"
#include "deploytool/verify.h"
#include "deploytool/worker_options.h"
#include "support/files.h"

namespace deploytool::cli {

/// -o, -f, --external-data.
struct ModelOutput {
  std::string path;
  bool force = false;
  bool externalData = false;
};

/// `description` is of -o.
void addModelOutput(CLI::App& command, ModelOutput& output, const std::string& description);

/// A file for the model made from `input`, and one for its weights where they may not fit in one file.
Result<OutputFile> createOutput(const ModelOutput& output, const InputHandle& input, const Console& console);

/// Runs a worker that writes into `output`: its errors of writing name the file.
WorkerReport runWriter(const WorkerRequest& request, const OutputFile& output);

/// The numbers of the result against those of the input.
struct OutputVerification {
  /// IfPossible: without ONNX Runtime, or where the input itself cannot be run, a note says so.
  enum class When { Never, IfPossible, Always };
  When when = When::Never;
  VerifyOptions options;  ///< the reference is the input; finishOutput fills in the rest
};

/// Against the input, which may have come from stdin; nothing is compared until `when` says so.
OutputVerification verificationAgainst(const InputHandle& input);

/// What a worker wrote and said of it.
struct WrittenModel {
  std::string command;
  std::string dataFile;  ///< name of the file with the weights; empty for none
  nlohmann::ordered_json result;
  std::string summary;   ///< for stdout, unless the model goes there
  int source = -1;       ///< descriptor of the ONNX file that it was made from
};

/// The last steps: libonnx's checker on the finished bytes (in a worker of its own, since libonnx and libtorch do not
/// share a process), the comparison, the commit, the command's result. Whatever fails is reported and leaves no file.
int finishOutput(OutputFile& output, WrittenModel written, OutputVerification verification, const WorkerOptions& limits,
                 Console& console);

}  // namespace deploytool::cli
