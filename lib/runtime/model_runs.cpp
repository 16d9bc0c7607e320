// The processes behind verify: each loads one model with its runtime and leaves the outputs in a memfd.
#include "runtime/model_runs.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "export/pipeline.h"
#include "onnx/external_files.h"
#include "runtime/arguments.h"
#include "runtime/input_check.h"
#include "runtime/onnxruntime_library.h"
#include "runtime/tensor_store.h"
#include "support/files.h"
#include "support/worker.h"

namespace deploytool::runtime {
namespace {

using Json = nlohmann::ordered_json;
using Cases = std::vector<std::vector<NamedTensor>>;

/// Runs one set of inputs in the worker.
using RunCase = std::function<Result<std::vector<NamedTensor>>(const std::vector<NamedTensor>&)>;

std::string textOf(const Diagnostic& error) {
  std::string text = error.message;
  for (const auto& note : error.notes) text += "\n" + note;
  return text;
}

// ---- in the worker ------------------------------------------------------------------------------------------------

Result<Json> toJson(const std::vector<NamedTensor>& outputs, TensorStore& store) {
  Json list = Json::array();
  for (const auto& output : outputs) {
    auto reference = store.append(output.tensor);
    if (!reference) return reference.error();
    list.push_back({{"name", output.name}, {"tensor", std::move(*reference)}});
  }
  return list;
}

WorkerReport runCases(WorkerContext& context, const Cases& cases, TensorStore& store, const RunCase& run) {
  Json runs = Json::array();
  for (size_t i = 0; i < cases.size(); ++i) {
    context.stage(fmt::format("running {} of {}", i + 1, cases.size()));
    auto outputs = run(cases[i]);
    if (!outputs) {
      runs.push_back({{"refusal", textOf(outputs.error())}});
      continue;
    }
    auto json = toJson(*outputs, store);
    if (!json) return {"", {json.error()}};
    runs.push_back({{"outputs", std::move(*json)}});
  }
  return {runs.dump(-1, ' ', false, Json::error_handler_t::replace), {}};
}

WorkerReport failed(Diagnostic error, const ModelToRun& model) {
  if (error.file.empty() || error.file == model.path) error.file = model.name;
  return {"", {std::move(error)}};
}

// The model's inputs out of a case: by name where every name is there, else in order.
Result<std::vector<ir::Tensor>> pick(const std::vector<Port>& ports, const std::vector<NamedTensor>& inputs) {
  std::vector<ir::Tensor> picked;
  for (const auto& port : ports) {
    const auto found = std::find_if(inputs.begin(), inputs.end(), [&](const auto& i) { return i.name == port.name; });
    if (found != inputs.end()) picked.push_back(found->tensor);
  }
  if (picked.size() == ports.size()) return picked;
  if (inputs.size() != ports.size()) {
    return makeError(ExitCode::Usage, fmt::format("it takes {} inputs, not {}", ports.size(), inputs.size()));
  }
  picked.clear();
  for (const auto& input : inputs) picked.push_back(input.tensor);
  return picked;
}

std::vector<NamedTensor> flatten(const std::vector<Port>& ports, std::vector<RunValue> values) {
  std::vector<NamedTensor> outputs;
  for (size_t i = 0; i < values.size(); ++i) {
    const bool isSequence = values[i].kind == RunValue::Kind::Sequence;
    for (size_t j = 0; j < values[i].tensors.size(); ++j) {
      outputs.push_back({isSequence ? fmt::format("{}[{}]", ports[i].name, j) : ports[i].name,
                         std::move(values[i].tensors[j])});
    }
  }
  return outputs;
}

WorkerReport runOnnx(WorkerContext& context, const ModelToRun& model, const Cases& cases, TensorStore& store) {
  auto session = openOnnx(model.path, {model.process.threads, GraphOptimization::All});
  if (!session) return failed(session.error(), model);
  for (const auto& inputs : cases) {
    const auto picked = pick((*session)->inputs(), inputs);
    if (Status fits = picked ? checkInputs((*session)->inputs(), *picked) : Status(); !fits) return failed(fits.error(), model);
  }
  return runCases(context, cases, store, [&](const auto& inputs) -> Result<std::vector<NamedTensor>> {
    auto picked = pick((*session)->inputs(), inputs);
    if (!picked) return picked.error();
    auto values = (*session)->run(*picked);
    if (!values) return values.error();
    return flatten((*session)->outputs(), std::move(*values));
  });
}

ir::Tensor toFloat64(const ir::Tensor& tensor) {
  if (!ir::isFloating(tensor.dtype())) return tensor;
  return ir::Tensor::of(ir::DType::Float64, tensor.dims(), tensor.toDoubles());
}

WorkerReport runArchive(WorkerContext& context, const ModelToRun& model, int descriptor, const Cases& cases,
                        TensorStore& store) {
  auto torch = exporter::torchModule();
  if (!torch) return failed(torch.error(), model);
  auto runner = (*torch)->loadRunner({descriptor, model.name}, {model.process.threads, model.float64, model.otherEngine});
  if (!runner) return failed(runner.error(), model);
  auto arguments = (*runner)->arguments(model.method);
  if (!arguments) return failed(arguments.error(), model);
  return runCases(context, cases, store, [&](std::vector<NamedTensor> inputs) -> Result<std::vector<NamedTensor>> {
    if (model.float64) {
      for (auto& input : inputs) input.tensor = toFloat64(input.tensor);
    }
    auto values = buildArguments(*arguments, inputs, model.specs);
    if (!values) return values.error();
    auto result = (*runner)->run(model.method, *values);
    if (!result) return result.error();
    return flattenResult(*result);
  });
}

// ---- in the parent ------------------------------------------------------------------------------------------------

// Weights of an ONNX file that lie beside it; 0 where they cannot be read, which the worker reports.
uint64_t externalBytes(const ModelToRun& model, const InputHandle& input) {
  if (model.kind != ModelKind::Onnx) return 0;
  const std::string parent = std::filesystem::path(model.path).parent_path().string();
  const Descriptor folder(::open(parent.empty() ? "." : parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const auto files = onnx_io::externalFiles({input.descriptor.get(), model.path, folder.get()});
  uint64_t bytes = 0;
  if (files) {
    for (const auto& file : *files) bytes += file.size;
  }
  return bytes;
}

WorkerRequest requestFor(const ModelToRun& model, const InputHandle& input) {
  const ProcessOptions& process = model.process;
  const uint64_t size = input.size + externalBytes(model, input);
  constexpr uint64_t kActivations = uint64_t{4} << 30;
  WorkerRequest request;
  request.subject = model.name;
  request.inputBytes = size;
  request.memoryLimit = process.memory ? process.memory : 8 * size + kActivations;
  // OpenBLAS takes 128 MB for each thread, and tries for ever where there are none.
  if (model.kind == ModelKind::Archive) request.memoryLimit += (uint64_t{1} + std::thread::hardware_concurrency()) << 27;
  request.timeout = std::chrono::milliseconds(static_cast<int64_t>(process.seconds * 1000));
  request.showOutput = process.showOutput;
  request.onStage = [path = model.name, tell = process.onStage](std::string_view stage) {
    if (tell) tell(fmt::format("{}: {}", path, stage));
  };
  return request;
}

Status prepareOnnx() {
  auto library = loadOnnxRuntime();
  if (!library) return library.error();
  return {};
}

Status prepareTorch() {
  auto torch = exporter::torchModule();
  if (!torch) return torch.error();
  return {};
}

std::optional<Diagnostic> firstError(const Diagnostics& diagnostics) {
  for (const auto& diagnostic : diagnostics) {
    if (diagnostic.severity == Severity::Error) return diagnostic;
  }
  return {};
}

Result<ModelRun> toRun(const Json& json, TensorStore& store) {
  ModelRun run;
  if (json.contains("refusal")) {
    run.refusal = json.at("refusal").get<std::string>();
    return run;
  }
  for (const auto& item : json.at("outputs")) {
    auto tensor = store.read(item.at("tensor"));
    if (!tensor) return tensor.error();
    run.outputs.push_back({item.at("name").get<std::string>(), std::move(*tensor)});
  }
  return run;
}

Result<std::vector<ModelRun>> toRuns(const WorkerReport& report, size_t count, TensorStore& store) {
  if (auto error = firstError(report.diagnostics)) return *error;
  try {
    std::vector<ModelRun> runs;
    for (const auto& item : Json::parse(report.json)) {
      auto run = toRun(item, store);
      if (!run) return run.error();
      runs.push_back(std::move(*run));
    }
    if (runs.size() == count) return runs;
  } catch (const std::exception&) {  // the process wrote something else: it is not trusted
  }
  return makeError(ExitCode::Internal, "a worker process sent a report that makes no sense");
}

Result<Port> toPort(const Json& json) {
  ir::SymbolSource symbols;
  ir::Dims dims;
  for (const auto& dim : json.at("dims")) {
    dims.push_back(dim.is_string() ? ir::Dim::symbol(dim.get<std::string>()) : ir::Dim(dim.get<int64_t>()));
  }
  return Port{json.at("name").get<std::string>(),
              ir::Type::tensor(static_cast<ir::DType>(json.at("dtype").get<int>()), std::move(dims))};
}

WorkerReport describePorts(const ModelToRun& model) {
  auto session = openOnnx(model.path, {1, GraphOptimization::None});
  if (!session) return failed(session.error(), model);
  Json ports = Json::array();
  for (const auto& port : (*session)->inputs()) {
    if (!port.type.isTensor()) {
      return failed(makeError(ExitCode::Unsupported, fmt::format("input {} is no tensor", port.name)), model);
    }
    Json dims = Json::array();
    for (const auto& dim : port.type.dims.value_or(ir::Dims{})) {
      dims.push_back(dim.isLiteral() ? Json(dim.literal()) : Json(dim.asSymbol().value_or("?")));
    }
    ports.push_back({{"name", port.name}, {"dtype", static_cast<int>(port.type.dtype)}, {"dims", std::move(dims)}});
  }
  return {ports.dump(-1, ' ', false, Json::error_handler_t::replace), {}};
}

}  // namespace

Result<ModelKind> modelKindOf(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const auto extension = fs::path(path).extension().string();
  if (fs::is_directory(path, error) || extension == ".npz") return ModelKind::Recorded;
  auto input = openInput(path);
  if (!input) return input.error();
  if (extension == ".onnx") return ModelKind::Onnx;
  char magic[2] = {};
  std::ifstream(path, std::ios::binary).read(magic, sizeof(magic));
  return magic[0] == 'P' && magic[1] == 'K' ? ModelKind::Archive : ModelKind::Onnx;
}

Result<std::vector<ModelRun>> runModel(const ModelToRun& model, const Cases& cases) {
  auto input = openInput(model.path);
  if (!input) return input.error();
  auto store = TensorStore::create();
  if (!store) return store.error();
  auto request = requestFor(model, *input);
  if (model.kind == ModelKind::Onnx) {
    request.prepare = prepareOnnx;
    request.job = [&](WorkerContext& context) { return runOnnx(context, model, cases, *store); };
  } else {
    request.prepare = prepareTorch;
    request.job = [&](WorkerContext& context) {
      return runArchive(context, model, input->descriptor.get(), cases, *store);
    };
  }
  return toRuns(runWorker(request), cases.size(), *store);
}

Result<std::vector<Port>> onnxInputs(const ModelToRun& model) {
  auto input = openInput(model.path);
  if (!input) return input.error();
  auto request = requestFor(model, *input);
  request.prepare = prepareOnnx;
  request.job = [&](WorkerContext&) { return describePorts(model); };
  const auto report = runWorker(request);
  if (auto error = firstError(report.diagnostics)) return *error;
  try {
    std::vector<Port> ports;
    for (const auto& item : Json::parse(report.json)) {
      auto port = toPort(item);
      if (!port) return port.error();
      ports.push_back(std::move(*port));
    }
    return ports;
  } catch (const std::exception&) {
    return makeError(ExitCode::Internal, "a worker process sent a report that makes no sense");
  }
}

}  // namespace deploytool::runtime
