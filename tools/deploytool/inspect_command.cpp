// deploytool inspect: what a model is, before anything is done with it.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

#include "deploytool/commands.h"
#include "deploytool/worker_options.h"
#include "export/describe.h"
#include "export/pipeline.h"
#include "support/diagnostics.h"

namespace deploytool::cli {

namespace {

using Json = nlohmann::ordered_json;

struct InspectCommand {
  std::string model;
  bool tensors = false;
  WorkerOptions worker;
};

WorkerReport describeArchive(const InspectCommand& command, const InputHandle& input, Console& console) {
  ts::TorchModule* torch = nullptr;  // set in the worker
  WorkerRequest request = workerRequest(command.worker, input, console);
  request.prepare = [&]() -> Status {
    const auto opened = exporter::torchModule();
    if (!opened) return opened.error();
    torch = *opened;
    return {};
  };
  request.job = [&](WorkerContext&) -> WorkerReport {
    Result<ts::LoadedModel> model = torch->load({input.descriptor.get(), input.path});
    if (!model) return {"", {model.error()}};
    return {exporter::describe(model->program, input.path).dump(-1, ' ', false, Json::error_handler_t::replace), {}};
  };
  return runWorker(request);
}

std::string archiveText(const Json& facts, const InspectCommand& command) {
  std::string out = fmt::format("{}: {} TorchScript archive, version {}, of {}\n", command.model,
                                facts["kind"].get<std::string>(), facts["archive_version"].get<int64_t>(),
                                facts["class"].get<std::string>());
  out += fmt::format("{} parameters, {:.2f} MB\n", facts["parameter_count"].get<uint64_t>(),
                     static_cast<double>(facts["parameter_bytes"].get<uint64_t>()) / 1e6);
  const Json& flow = facts["control_flow"];
  out += fmt::format("control flow: {} if, {} loop\n", flow["if"].get<size_t>(), flow["loop"].get<size_t>());
  for (const Json& method : facts["methods"]) {
    out += fmt::format("\n{}\n  {}\n", method["signature"].get<std::string>(), method["command"].get<std::string>());
  }
  out += "\noperators:\n";
  for (const Json& op : facts["operators"]) {
    out += fmt::format("{:>6}  {}\n", op["count"].get<size_t>(), op["name"].get<std::string>());
  }
  if (!command.tensors) return out;
  out += "\ntensors:\n";
  for (const Json& t : facts["tensors"]) {
    out += fmt::format("  {}: {}{} ({})\n", t["name"].get<std::string>(), t["dtype"].get<std::string>(),
                       t["dims"].dump(), t["role"].get<std::string>());
  }
  return out;
}

int runInspect(const InspectCommand& command, Console& console) {
  const Result<InputHandle> input = openInput(command.model);
  if (!input) {
    console.report(input.error());
    return console.finish("inspect", nullptr);
  }
  const WorkerReport answer = describeArchive(command, *input, console);
  console.report(answer.diagnostics);
  if (hasError(answer.diagnostics)) return console.finish("inspect", nullptr);
  Json facts = Json::parse(answer.json, nullptr, false);
  console.print(cleaned(archiveText(facts, command), size_t{1} << 24));
  return console.finish("inspect", std::move(facts));
}

}  // namespace

void addInspect(CLI::App& app, CommandContext& context) {
  auto command = std::make_shared<InspectCommand>();
  CLI::App* sub = app.add_subcommand("inspect", "Inputs, outputs, operators, parameters and control flow of a model");
  sub->add_option("MODEL", command->model, "TorchScript archive; - reads stdin")->required();
  sub->add_flag("--tensors", command->tensors, "List parameters, buffers and other tensors");
  addWorkerOptions(*sub, command->worker);
  addOutputOptions(*sub, context.console);
  sub->callback([command, &context] { context.exitCode = runInspect(*command, context.console); });
}

}  // namespace deploytool::cli
