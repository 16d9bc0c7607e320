// The common end of export and optimize.
#include "deploytool/model_output.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "deploytool/checked_output.h"
#include "deploytool/verify_report.h"
#include "support/diagnostics.h"

namespace deploytool::cli {

namespace {

using When = OutputVerification::When;

Diagnostic notVerified(const Diagnostic& why) {
  Diagnostic note = why;
  note.severity = Severity::Note;
  note.code = ExitCode::Done;
  note.message = "the result was not verified: " + why.message;
  return note;
}

Diagnostic mismatch(const VerifyReport& report, const OutputFile& output, const VerifyOptions& options,
                    const std::string& command) {
  Diagnostic error = makeError(ExitCode::Negative,
                               "the result does not give the numbers of " + options.referenceName + ", so it is not kept",
                               (command == "export" ? "without --verify" : "with --no-verify") +
                                   std::string(" it is written all the same; deploytool verify then compares with "
                                               "tolerances and ranges of your choice"));
  error.file = output.path();
  error.notes = verifyLines(report);
  return error;
}

double largest(const VerifyReport& report, double VerifiedOutput::*member) {
  double most = 0;
  for (const VerifiedCase& item : report.cases) {
    for (const VerifiedOutput& out : item.outputs) most = std::max(most, out.*member);
  }
  return most;
}

std::string verifiedLine(const VerifyReport& report) {
  const auto equal = std::count_if(report.cases.begin(), report.cases.end(), [](const VerifiedCase& item) {
    return item.outcome == VerifiedCase::Outcome::Equal;
  });
  return fmt::format("verified: {} case{} equal within tolerance, max abs {:.3g}, max rel {:.3g}\n", equal,
                     equal == 1 ? "" : "s", largest(report, &VerifiedOutput::maxAbsolute),
                     largest(report, &VerifiedOutput::maxRelative));
}

// Everything that verify() may need, once the model is on the disk under some name.
VerifyOptions completed(VerifyOptions options, const OutputFile& output, const WorkerOptions& limits, Console& console) {
  options.candidate = output.unfinishedPath();
  options.candidateName = output.path();
  limit(options, limits, console);
  return options;
}

// False: reported, and the model is not to be committed.
bool compare(OutputFile& output, WrittenModel& written, const OutputVerification& verification,
             const WorkerOptions& limits, Console& console) {
  if (verification.when == When::Never) return true;
  if (!written.dataFile.empty()) {
    if (Status placed = output.placeData(written.dataFile); !placed) {
      console.report(placed.error());
      return false;
    }
  }
  const VerifyOptions options = completed(verification.options, output, limits, console);
  const auto report = verify(options);
  if (!report) {
    const bool needed = verification.when == When::Always || report.error().code != ExitCode::Usage;
    console.report(needed ? report.error() : notVerified(report.error()));
    return !needed;
  }
  console.report(report->diagnostics);
  written.result["verification"] = verifyJson(*report);
  if (report->equal) written.summary += verifiedLine(*report);
  if (!report->equal) console.report(mismatch(*report, output, options, written.command));
  return report->equal;
}

}  // namespace

void addModelOutput(CLI::App& command, ModelOutput& output, const std::string& description) {
  command.add_option("-o,--output", output.path, description)->required()->type_name("FILE");
  command.add_flag("-f,--force", output.force, "Replace an existing file");
  command.add_flag("--external-data", output.externalData, "ONNX weights in a second file (always so over 2 GB)");
}

Result<OutputFile> createOutput(const ModelOutput& output, const InputHandle& input, const Console& console) {
  if (output.path == "-" && console.mode.json)
    return makeError(ExitCode::Usage, "-o - and --json both want stdout", "write the model to a file, or leave --json out");
  constexpr uint64_t kMayNeedDataFile = uint64_t{1} << 30;
  const bool dataFile = output.path != "-" && (output.externalData || input.size > kMayNeedDataFile);
  return OutputFile::create(output.path, {output.force, dataFile});
}

OutputVerification verificationAgainst(const InputHandle& input) {
  OutputVerification out;
  // What came from stdin is still in memory.
  out.options.reference = input.path == "-" ? fmt::format("/proc/self/fd/{}", input.descriptor.get()) : input.path;
  out.options.referenceName = input.path;
  return out;
}

WorkerReport runWriter(const WorkerRequest& request, const OutputFile& output) {
  WorkerReport report = runWorker(request);
  for (Diagnostic& d : report.diagnostics) {
    if (d.file.empty() && d.code == ExitCode::Io) d.file = output.path();
  }
  return report;
}

int finishOutput(OutputFile& output, WrittenModel written, OutputVerification verification, const WorkerOptions& limits,
                 Console& console) {
  // A result that differs is shown to programs although there is no file.
  const auto refused = [&] {
    const auto found = written.result.find("verification");
    return console.finish(written.command, found == written.result.end() ? nullptr : std::move(written.result));
  };
  if (!checkOutput(output, limits, console, written.source)) return console.finish(written.command, nullptr);
  if (!compare(output, written, verification, limits, console)) return refused();
  if (Status committed = output.commit(written.dataFile); !committed) {
    console.report(committed.error());
    return console.finish(written.command, nullptr);
  }
  if (output.path() != "-" && !console.mode.quiet) console.print(written.summary);
  return console.finish(written.command, std::move(written.result));
}

}  // namespace deploytool::cli
