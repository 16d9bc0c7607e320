// deploytool inspect: what a model is, before anything is done with it.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

#include "deploytool/commands.h"
#include "deploytool/help.h"
#include "deploytool/model_kind.h"
#include "deploytool/worker_options.h"
#include "export/describe.h"
#include "export/input_spec.h"
#include "export/pipeline.h"
#include "onnx/describe.h"
#include "onnx/reader.h"
#include "support/diagnostics.h"

namespace deploytool::cli {

namespace {

using Json = nlohmann::ordered_json;

struct InspectCommand {
  std::string model;
  bool tensors = false;
  ExportOptions options;  ///< with inputs: the export is tried
  WorkerOptions worker;
};

// The walk of an export, with nothing written.
Json attempt(const ts::LoadedModel& model, const std::string& file, const ExportOptions& options) {
  const ExportReport report = exporter::tryExport(model, file, options);
  Json ports = exporter::toJson(report);
  return {{"possible", report.ok()},
          {"inputs", ports["inputs"]},
          {"outputs", ports["outputs"]},
          {"diagnostics", toJson(report.diagnostics)}};
}

WorkerReport describeArchive(const InspectCommand& command, const InputHandle& input, Console& console) {
  ts::TorchModule* torch = nullptr;  // set in the worker
  WorkerRequest request = torchWorkerRequest(command.worker, input, console, torch);
  request.job = [&](WorkerContext& context) -> WorkerReport {
    Result<ts::LoadedModel> model = torch->load({input.descriptor.get(), input.path});
    if (!model) return {"", {model.error()}};
    Json facts = exporter::describe(model->program, input.path);
    if (!command.options.inputs.empty()) {
      context.stage("exporting");
      facts["export"] = attempt(*model, input.path, command.options);
    }
    WorkerReport report{facts.dump(-1, ' ', false, Json::error_handler_t::replace), {}};
    if (model->program.traced) report.diagnostics.push_back(exporter::tracedRemark(input.path));
    return report;
  };
  return runWorker(request);
}

Status readWithFolder(const InputHandle& input, std::unique_ptr<ir::Model>& model) {
  const Descriptor folder = openFolderOf(input.path);
  auto read = onnx_io::readModel({input.descriptor.get(), input.path, folder.get()});
  if (!read) return read.error();
  model = std::move(*read);
  return {};
}

WorkerReport describeOnnx(const InspectCommand& command, const InputHandle& input, Console& console) {
  WorkerRequest request = workerRequest(command.worker, input, console);
  request.job = [&](WorkerContext&) -> WorkerReport {
    std::unique_ptr<ir::Model> model;
    if (Status read = readWithFolder(input, model); !read) return {"", {read.error()}};
    return {onnx_io::describe(*model).dump(-1, ' ', false, Json::error_handler_t::replace), {}};
  };
  return runWorker(request);
}

std::string onnxHead(const Json& facts, const std::string& path) {
  std::string out = fmt::format("{}: ONNX model, IR version {}", path, facts["ir_version"].get<int64_t>());
  for (const auto& [domain, version] : facts["opsets"].items()) out += fmt::format(", {} {}", domain, version.get<int64_t>());
  const auto producer = facts["producer"].get<std::string>();
  return out + (producer.empty() ? "" : ", by " + producer) + "\n";
}

std::string archiveHead(const Json& facts, const std::string& path) {
  return fmt::format("{}: {} TorchScript archive, version {}, of {}\n", path, facts["kind"].get<std::string>(),
                     facts["archive_version"].get<int64_t>(), facts["class"].get<std::string>());
}

std::string portLines(const Json& ports) {
  std::string out;
  for (const Json& port : ports) {
    out += fmt::format("  {}: {}\n", port["name"].get<std::string>(), port["type"].get<std::string>());
  }
  return out;
}

std::string signatures(const Json& facts) {
  std::string out;
  if (facts.contains("methods")) {
    for (const Json& method : facts["methods"]) {
      out += fmt::format("\n{}\n  {}\n", method["signature"].get<std::string>(), method["command"].get<std::string>());
    }
    return out;
  }
  for (const char* side : {"inputs", "outputs"}) {
    out += fmt::format("\n{}:\n", side);
    out += portLines(facts[side]);
  }
  return out;
}

std::string attemptText(const Json& attempt) {
  if (attempt["possible"].get<bool>()) return "\nwill it export? yes, with these inputs; outputs:\n" + portLines(attempt["outputs"]);
  std::string out = "\nwill it export? not with these inputs:\n";
  for (const Json& item : attempt["diagnostics"]) out += renderText(diagnosticFromJson(item), false);
  return out;
}

std::string exportText(const Json& facts) {
  if (facts.contains("export")) return attemptText(facts["export"]);
  const Json& missing = facts["without_lowering"];
  if (missing.empty()) {
    return "\nwill it export? every operator has a lowering; --input NAME:SPEC tries it\n";
  }
  std::string out = "\nwill it export? only if these operators, which have no lowering, are applied to constants or not "
                    "reached;\n--input NAME:SPEC tries it:\n";
  for (const Json& op : missing) {
    const auto reason = op["reason"].get<std::string>();
    out += fmt::format("{:>6}  {}{}\n", op["count"].get<size_t>(), op["name"].get<std::string>(),
                       reason.empty() ? "" : ": " + reason);
    for (const Json& place : op["places"]) out += fmt::format("          {}\n", place.get<std::string>());
  }
  return out;
}

std::string tensorLines(const Json& facts) {
  std::string out = "\ntensors:\n";
  for (const Json& t : facts["tensors"]) {
    out += fmt::format("  {}: {}{} ({})\n", t["name"].get<std::string>(), t["dtype"].get<std::string>(), t["dims"].dump(),
                       t["role"].get<std::string>());
  }
  return out;
}

std::string factsText(const Json& facts, const InspectCommand& command) {
  const bool onnx = facts["format"] == "onnx";
  std::string out = onnx ? onnxHead(facts, command.model) : archiveHead(facts, command.model);
  out += fmt::format("{} parameters, {:.2f} MB\n", facts["parameter_count"].get<uint64_t>(),
                     static_cast<double>(facts["parameter_bytes"].get<uint64_t>()) / 1e6);
  std::string flow;
  for (const auto& [name, count] : facts["control_flow"].items()) {
    if (count != 0) flow += fmt::format("{}{} {}", flow.empty() ? "" : ", ", count.get<size_t>(), name);
  }
  out += "control flow: " + (flow.empty() ? "none" : flow) + "\n" + signatures(facts) + "\noperators:\n";
  for (const Json& op : facts["operators"]) {
    out += fmt::format("{:>6}  {}\n", op["count"].get<size_t>(), op["name"].get<std::string>());
  }
  if (!onnx) out += exportText(facts);
  return command.tensors ? out + tensorLines(facts) : out;
}

Status checkOptions(const InspectCommand& command, bool onnx) {
  if (onnx && !command.options.inputs.empty())
    return makeError(ExitCode::Usage, "--input is for archives: an ONNX file is not exported");
  for (const std::string& input : command.options.inputs) {
    if (const auto spec = exporter::parseInputSpec(input); !spec) return spec.error();
  }
  return {};
}

int runInspect(const InspectCommand& command, Console& console) {
  const auto fail = [&](const Diagnostic& error) { return console.fail("inspect", error); };
  const Result<InputHandle> input = openInput(command.model);
  if (!input) return fail(input.error());
  const bool onnx = kindOf(*input) == ModelKind::Onnx;
  if (Status checked = checkOptions(command, onnx); !checked) return fail(checked.error());
  const WorkerReport answer = onnx ? describeOnnx(command, *input, console) : describeArchive(command, *input, console);
  console.report(answer.diagnostics);
  if (hasError(answer.diagnostics)) return console.finish("inspect", nullptr);
  Json facts = Json::parse(answer.json, nullptr, false);
  console.print(cleaned(factsText(facts, command), size_t{1} << 24));
  const bool refused = facts.contains("export") && !facts["export"]["possible"].get<bool>();
  return console.finish("inspect", std::move(facts), refused ? ExitCode::Negative : ExitCode::Done);
}

}  // namespace

void addInspect(CLI::App& app, CommandContext& context) {
  auto command = std::make_shared<InspectCommand>();
  CLI::App* sub = app.add_subcommand("inspect", "Inputs, outputs, operators, parameters and control flow of a model; will it export?");
  sub->add_option("MODEL", command->model, "TorchScript archive or ONNX file; - reads stdin")->required();
  sub->add_flag("--tensors", command->tensors, "List parameters, buffers and other tensors");
  sub->add_option("--input", command->options.inputs,
                  "Inputs, as for export: try the export, without writing, and exit 1 if it is refused")
      ->allow_extra_args(false)
      ->type_name("NAME:SPEC");
  sub->add_option("--method", command->options.method, "Method to try")->capture_default_str()->type_name("NAME");
  sub->add_option("--opset", command->options.opset, "ONNX opset to try")->capture_default_str()->type_name("N");
  addWorkerOptions(*sub, command->worker);
  addExamples(*sub, {"deploytool inspect net.pt",
                     "deploytool inspect net.pt --input 'image:float32[batch,3,224,224]'",
                     "deploytool inspect net.onnx --json"});
  addOutputOptions(*sub, context.console);
  sub->callback([command, &context] { context.exitCode = runInspect(*command, context.console); });
}

}  // namespace deploytool::cli
