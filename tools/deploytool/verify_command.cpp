// deploytool verify: do two models give the same numbers?
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "deploytool/commands.h"
#include "deploytool/verify.h"
#include "deploytool/verify_report.h"
#include "deploytool/worker_options.h"
#include "support/diagnostics.h"

namespace deploytool::cli {

namespace {

struct VerifyCommand {
  VerifyOptions options;
  std::vector<std::string> ranges;
  std::vector<std::string> sizes;
  bool strict = false;
  WorkerOptions worker;
};

Status complete(VerifyCommand& command) {
  for (const std::string& text : command.ranges) {
    const auto range = parseInputRange(text);
    if (!range) return range.error();
    command.options.ranges.push_back(*range);
  }
  for (const std::string& text : command.sizes) {
    const auto sizes = parseAxisSizes(text);
    if (!sizes) return sizes.error();
    command.options.sizes[sizes->first] = sizes->second;
  }
  command.options.allowSpread = !command.strict;
  command.options.memoryLimit = command.worker.memoryMegabytes * 1'000'000;
  command.options.timeoutSeconds = command.worker.timeoutSeconds;
  return {};
}

int runVerify(VerifyCommand& command, Console& console) {
  if (Status completed = complete(command); !completed) {
    console.report(completed.error());
    return console.finish("verify", nullptr);
  }
  command.options.showOutput = console.mode.verbose;
  command.options.onStage = [&console](std::string_view stage) { console.progress(stage); };
  const auto report = verify(command.options);
  if (!report) {
    console.report(report.error());
    return console.finish("verify", nullptr);
  }
  console.report(report->diagnostics);
  if (!console.mode.quiet || !report->equal) console.print(verifyText(*report, console.mode.verbose));
  return console.finish("verify", verifyJson(*report), report->equal ? ExitCode::Done : ExitCode::Negative);
}

void addOptions(CLI::App& app, VerifyCommand& command) {
  VerifyOptions& o = command.options;
  app.add_option("A", o.reference, "What is right: a TorchScript archive or an ONNX file")->required();
  app.add_option("B", o.candidate,
                 "What is compared with it: an archive, an ONNX file, or recorded data (a folder of test_data_set_N, or "
                 "an .npz with arrays output...) that A must reproduce")
      ->required();
  app.add_option("--data", o.data, "Recorded inputs instead of random ones: .npz, .npy, .pb, or a folder")->type_name("PATH");
  app.add_option("--input", o.inputs, "Inputs, as for export; needed when neither model is an ONNX file")
      ->allow_extra_args(false)
      ->type_name("NAME:SPEC");
  app.add_option("--method", o.method, "Method of an archive")->capture_default_str()->type_name("NAME");
  app.add_option("--size", command.sizes, "Sizes of a dynamic axis to try, such as batch=1,3; repeat for each axis")
      ->allow_extra_args(false)
      ->type_name("AXIS=N,N");
  app.add_option("--range", command.ranges, "Range of random values, of one input or of all: tokens:0:100; repeat")
      ->allow_extra_args(false)
      ->type_name("[NAME:]LO:HI");
  app.add_option("--seed", o.seed, "Seed of the random inputs")->capture_default_str()->type_name("N");
  app.add_option("--rtol", o.rtol, "Relative tolerance (default: 0.001; float16 and bfloat16: 0.01)")->type_name("X");
  app.add_option("--atol", o.atol, "Tolerance relative to the output's largest element (the same default)")->type_name("X");
  app.add_flag("--strict", command.strict,
               "No allowance for models that amplify rounding (else 4 x the difference between the archive in float32 "
               "and in float64)");
  app.add_option("--threads", o.threads, "Threads of a runtime (default: its own choice)")->type_name("N");
}

}  // namespace

void addVerify(CLI::App& app, CommandContext& context) {
  auto command = std::make_shared<VerifyCommand>();
  CLI::App* sub = app.add_subcommand("verify", "Compare the numbers of two models, or of a model and recorded data");
  addOptions(*sub, *command);
  addWorkerOptions(*sub, command->worker, "8 x the model + 4096");
  addOutputOptions(*sub, context.console);
  sub->callback([command, &context] { context.exitCode = runVerify(*command, context.console); });
}

}  // namespace deploytool::cli
