// deploytool verify: do two models give the same numbers?
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "deploytool/commands.h"
#include "deploytool/help.h"
#include "deploytool/number_range.h"
#include "deploytool/test_inputs.h"
#include "deploytool/verify.h"
#include "deploytool/verify_report.h"
#include "deploytool/worker_options.h"
#include "support/diagnostics.h"

namespace deploytool::cli {

namespace {

struct VerifyCommand {
  VerifyOptions options;
  TestInputs inputs;
  bool strict = false;
  WorkerOptions worker;
};

Status complete(VerifyCommand& command) {
  command.options.allowSpread = !command.strict;
  return parse(command.inputs, command.options);
}

int runVerify(VerifyCommand& command, Console& console) {
  if (Status completed = complete(command); !completed) return console.fail("verify", completed.error());
  limit(command.options, command.worker, console);
  const auto report = verify(command.options);
  if (!report) return console.fail("verify", report.error());
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
  addTestInputs(app, command.inputs, o, "Inputs, as for export; needed when neither model is an ONNX file");
  app.add_option("--rtol", o.rtol, "Relative tolerance (default: 0.001; float16 and bfloat16: 0.01)")
      ->check(numberFrom(0.0))
      ->type_name("X");
  app.add_option("--atol", o.atol, "Tolerance relative to the output's largest element (the same default)")
      ->check(numberFrom(0.0))
      ->type_name("X");
  app.add_flag("--strict", command.strict,
               "No allowance for models that amplify rounding (else 4 x the difference between the archive in float32 "
               "and in float64, or an answer of libtorch's other engine for quantized operators)");
  app.add_option("--threads", o.threads, "Threads of a runtime (default: its own choice)")->type_name("N");
}

}  // namespace

void addVerify(CLI::App& app, CommandContext& context) {
  auto command = std::make_shared<VerifyCommand>();
  CLI::App* sub = app.add_subcommand("verify", "Compare the numbers of two models, or of a model and recorded data");
  addOptions(*sub, *command);
  addWorkerOptions(*sub, command->worker, "8 x the model + 4096");
  addExamples(*sub, {"deploytool verify net.pt net.onnx",
                     "deploytool verify net.pt net.onnx --size batch=1,8 --range tokens:0:1000",
                     "deploytool verify net.onnx small.onnx --data recorded.npz --json"});
  addOutputOptions(*sub, context.console);
  sub->callback([command, &context] { context.exitCode = runVerify(*command, context.console); });
}

}  // namespace deploytool::cli
