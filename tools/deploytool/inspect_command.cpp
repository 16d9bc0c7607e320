// deploytool inspect: what a model is, before anything is done with it.
#include <fcntl.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

#include "deploytool/commands.h"
#include "deploytool/model_kind.h"
#include "deploytool/worker_options.h"
#include "export/describe.h"
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

Status readWithFolder(const InputHandle& input, std::unique_ptr<ir::Model>& model) {
  const std::string folder = std::filesystem::path(input.path).parent_path().string();
  const Descriptor folderDescriptor(input.path == "-" ? -1 : open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  auto read = onnx_io::readModel({input.descriptor.get(), input.path, folderDescriptor.get()});
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
    for (const Json& port : facts[side]) {
      out += fmt::format("  {}: {}\n", port["name"].get<std::string>(), port["type"].get<std::string>());
    }
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
  return command.tensors ? out + tensorLines(facts) : out;
}

int runInspect(const InspectCommand& command, Console& console) {
  const Result<InputHandle> input = openInput(command.model);
  if (!input) {
    console.report(input.error());
    return console.finish("inspect", nullptr);
  }
  const bool onnx = kindOf(*input) == ModelKind::Onnx;
  const WorkerReport answer = onnx ? describeOnnx(command, *input, console) : describeArchive(command, *input, console);
  console.report(answer.diagnostics);
  if (hasError(answer.diagnostics)) return console.finish("inspect", nullptr);
  Json facts = Json::parse(answer.json, nullptr, false);
  console.print(cleaned(factsText(facts, command), size_t{1} << 24));
  return console.finish("inspect", std::move(facts));
}

}  // namespace

void addInspect(CLI::App& app, CommandContext& context) {
  auto command = std::make_shared<InspectCommand>();
  CLI::App* sub = app.add_subcommand("inspect", "Inputs, outputs, operators, parameters and control flow of a model");
  sub->add_option("MODEL", command->model, "TorchScript archive or ONNX file; - reads stdin")->required();
  sub->add_flag("--tensors", command->tensors, "List parameters, buffers and other tensors");
  addWorkerOptions(*sub, command->worker);
  addOutputOptions(*sub, context.console);
  sub->callback([command, &context] { context.exitCode = runInspect(*command, context.console); });
}

}  // namespace deploytool::cli
