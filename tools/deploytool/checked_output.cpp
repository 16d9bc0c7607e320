// Running the checker module in a worker.
#include "deploytool/checked_output.h"

#include <sys/stat.h>

#include <array>

#include "onnx/checker_entry.h"
#include "support/diagnostics.h"
#include "support/module.h"
#include "support/worker.h"

namespace deploytool::cli {

namespace {

bool refuses(onnx_io::CheckerEntry checker, int descriptor) {
  std::array<char, 4096> message{};
  return descriptor >= 0 && static_cast<onnx_io::CheckOutcome>(checker(descriptor, message.data(), message.size())) ==
                                onnx_io::CheckOutcome::Invalid;
}

Diagnostics check(onnx_io::CheckerEntry checker, const OutputFile& output, int source) {
  std::array<char, 4096> message{};
  const auto outcome = static_cast<onnx_io::CheckOutcome>(checker(output.descriptor(), message.data(), message.size()));
  if (outcome == onnx_io::CheckOutcome::Valid) return {};
  Diagnostic d = makeError(ExitCode::Internal, std::string("the ONNX checker refuses the result: ") + message.data());
  d.file = output.path();
  const auto remark = [&](const char* text) {
    d.severity = Severity::Note;
    d.code = ExitCode::Done;
    d.message = std::string(text) + message.data();
  };
  if (outcome == onnx_io::CheckOutcome::Unknown) remark("the installed ONNX checker did not check this model: ");
  // libonnx 1.12 infers nothing through sparse initializers, for one.
  else if (refuses(checker, source)) remark("the installed ONNX checker refuses the result as it does the input: ");
  return {d};
}

}  // namespace

bool checkOutput(const OutputFile& output, const WorkerOptions& limits, Console& console, int source) {
  onnx_io::CheckerEntry checker = nullptr;  // set in the worker
  struct stat written {};
  fstat(output.descriptor(), &written);
  WorkerRequest request;
  request.subject = output.path();
  request.inputBytes = static_cast<uint64_t>(written.st_size);
  request.memoryLimit = limits.memoryMegabytes * 1'000'000;
  request.showOutput = console.mode.verbose;
  request.prepare = [&]() -> Status {
    const Result<void*> entry = openModule(kOnnxCheckerFile, onnx_io::kCheckerEntry);
    if (!entry) return entry.error();
    checker = reinterpret_cast<onnx_io::CheckerEntry>(*entry);
    return {};
  };
  request.job = [&](WorkerContext& context) {
    context.stage("checking");
    return WorkerReport{"{}", check(checker, output, source)};
  };
  WorkerReport answer = runWorker(request);
  if (answer.crashed) {
    // libonnx itself crashes on some valid models (1.17: Einsum); our own verifier has passed this one.
    Diagnostic& d = answer.diagnostics.back();
    d.severity = Severity::Note;
    d.code = ExitCode::Done;
    d.message = "the installed ONNX checker crashed on this model, so only deploytool's own verifier checked it";
    d.help.clear();
  }
  console.report(answer.diagnostics);
  return !hasError(answer.diagnostics);
}

}  // namespace deploytool::cli
