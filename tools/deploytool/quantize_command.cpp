// deploytool quantize: INT8 dynamic quantization, ONNX to ONNX and TorchScript to TorchScript.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "deploytool/checked_output.h"
#include "deploytool/commands.h"
#include "deploytool/model_kind.h"
#include "deploytool/quantize.h"
#include "deploytool/quantize_report.h"
#include "deploytool/worker_options.h"
#include "export/pipeline.h"
#include "quantize/cpu.h"
#include "quantize/quantize.h"
#include "quantize/report.h"
#include "support/diagnostics.h"
#include "support/files.h"

namespace deploytool::cli {

namespace {

using Json = nlohmann::ordered_json;

struct QuantizeCommand {
  std::string model, output;
  bool force = false, strict = false;
  std::string dtype, channels, symmetry, reduceRange = "auto", search, format = "dynamic", activations = "per-tensor";
  bool perChannel = false, perTensor = false, symmetric = false, asymmetric = false;
  QuantizeOptions options;
  WorkerOptions worker;
};

// ---- options --------------------------------------------------------------------------------------------------------

Status parseSearch(const std::string& text, WeightScheme& scheme) {
  using Search = WeightScheme::Search;
  if (text == "minmax") scheme.search = Search::MinMax;
  else if (text == "mse") scheme.search = Search::Mse;
  else if (text.starts_with("percentile")) {
    scheme.search = Search::Percentile;
    if (text == "percentile") return {};
    const std::string number = text.substr(10);
    const char* end = number.data() + number.size();
    const bool isNumber = number.size() > 1 && number[0] == ':' &&
                          std::from_chars(number.data() + 1, end, scheme.percentile).ptr == end;
    if (!isNumber || !(scheme.percentile > 0 && scheme.percentile <= 100))
      return makeError(ExitCode::Usage, fmt::format("'{}' is no percentile", text), "such as percentile:99.9");
  } else if (!text.empty()) {
    return makeError(ExitCode::Usage, fmt::format("there is no scale search '{}'", text), "minmax, mse, percentile[:P]");
  }
  return {};
}

Status complete(QuantizeCommand& command, ModelKind kind) {
  QuantizeOptions& o = command.options;
  if (!command.dtype.empty())
    o.scheme.type = command.dtype == "qint8" ? WeightScheme::Type::QInt8 : WeightScheme::Type::QUInt8;
  if (command.perChannel || command.perTensor) o.scheme.perChannel = command.perChannel;
  if (command.symmetric || command.asymmetric) o.scheme.symmetric = command.symmetric;
  if (command.reduceRange != "auto") o.scheme.reduceRange = command.reduceRange == "on";
  else if (kind == ModelKind::Onnx && o.format == QuantizeOptions::Format::Dynamic)
    o.scheme.reduceRange = quantize::productsSaturate();
  o.perTokenActivations = command.activations == "per-token";
  return parseSearch(command.search, o.scheme);
}

// ---- ONNX -----------------------------------------------------------------------------------------------------------

WorkerReport toWorkerReport(Result<std::optional<QuantizeReport>> result, const std::string& path) {
  WorkerReport answer;
  if (!result) answer.diagnostics = {result.error()};
  else if (!*result) answer.json = R"({"needs_kernels": true})";
  else {
    answer.json = quantize::toJson(**result).dump(-1, ' ', false, Json::error_handler_t::replace);
    answer.diagnostics = (*result)->diagnostics;
  }
  for (Diagnostic& d : answer.diagnostics) {
    if (d.file.empty()) d.file = path;
  }
  return answer;
}

Status openTorch(ts::TorchModule*& torch) {
  const auto opened = exporter::torchModule();
  if (!opened) return opened.error();
  torch = *opened;
  return {};
}

/// libtorch, whose kernels fold what stands before a weight, is loaded only for a model that needs it.
WorkerReport quantizeOnnx(const QuantizeCommand& command, const InputHandle& input, const OutputFile& output,
                          Console& console, bool withKernels) {
  ts::TorchModule* torch = nullptr;  // set in the worker
  const std::filesystem::path folder = std::filesystem::path(command.model).parent_path();
  const Descriptor folderDescriptor(open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  WorkerRequest request = workerRequest(command.worker, input, console);
  if (withKernels) {
    request.prepare = [&] { return openTorch(torch); };
  }
  request.job = [&](WorkerContext& context) {
    const onnx_io::OutputTarget target{output.descriptor(), output.dataDescriptor(), output.name()};
    return toWorkerReport(
        quantize::quantizeToDescriptor({input.descriptor.get(), input.path, folderDescriptor.get()}, target, command.options,
                                       torch ? &torch->kernels() : nullptr,
                                       [&](std::string_view stage) { context.stage(stage); }),
        input.path);
  };
  WorkerReport answer = runWorker(request);
  if (withKernels || !answer.json.starts_with(R"({"needs_kernels")")) return answer;
  return quantizeOnnx(command, input, output, console, true);
}

// ---- TorchScript ----------------------------------------------------------------------------------------------------

WorkerReport quantizeArchive(const QuantizeCommand& command, const InputHandle& input, const OutputFile& output,
                             Console& console) {
  ts::TorchModule* torch = nullptr;  // set in the worker
  WorkerRequest request = workerRequest(command.worker, input, console);
  request.prepare = [&] { return openTorch(torch); };
  request.job = [&](WorkerContext& context) {
    context.stage("quantizing");
    auto report = torch->quantize({input.descriptor.get(), input.path}, output.descriptor(), command.options);
    return report ? toWorkerReport(std::optional(std::move(*report)), input.path) : toWorkerReport(report.error(), input.path);
  };
  return runWorker(request);
}

// ---- the run --------------------------------------------------------------------------------------------------------

uint64_t sizeOf(int descriptor) {
  struct stat info {};
  return descriptor >= 0 && fstat(descriptor, &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

Json document(const QuantizeReport& report, const FileSizes& sizes) {
  Json json = quantize::toJson(report);
  const auto totals = quantize::totalsOf(report);
  json["totals"] = {{"weights", totals.weights},
                    {"quantized", totals.quantized},
                    {"bytes_before", totals.bytesBefore},
                    {"bytes_after", totals.bytesAfter}};
  json["file"] = {{"bytes_before", sizes.before},
                  {"bytes_after", sizes.after},
                  {"megabytes_before", static_cast<double>(sizes.before) / 1e6},
                  {"megabytes_after", static_cast<double>(sizes.after) / 1e6},
                  {"ratio", sizes.ratio()}};
  return json;
}

class QuantizeRun {
 public:
  QuantizeRun(QuantizeCommand& command, Console& console) : command_(command), console_(console) {}

  int run() {
    Result<InputHandle> input = openInput(command_.model);
    if (!input) return fail(input.error());
    const ModelKind kind = kindOf(*input);
    if (Status completed = complete(command_, kind); !completed) return fail(completed.error());
    constexpr uint64_t kMayNeedDataFile = uint64_t{1} << 31;
    const bool dataFile = command_.output != "-" && (command_.options.externalData || input->size > kMayNeedDataFile);
    Result<OutputFile> output = OutputFile::create(command_.output, {command_.force, dataFile});
    if (!output) return fail(output.error());
    const bool isArchive = kind == ModelKind::Archive;
    const WorkerReport answer = isArchive ? quantizeArchive(command_, *input, *output, console_)
                                          : quantizeOnnx(command_, *input, *output, console_, false);
    console_.report(answer.diagnostics);
    if (hasError(answer.diagnostics)) return console_.finish("quantize", nullptr);
    report_ = quantize::reportFromJson(Json::parse(answer.json, nullptr, false));
    sizes_ = {input->size, sizeOf(output->descriptor()) + (report_.dataFile.empty() ? 0 : sizeOf(output->dataDescriptor()))};
    if (command_.strict && quantize::totalsOf(report_).quantized == 0) return finish(ExitCode::Negative);
    if (!commit(*output, isArchive)) return console_.finish("quantize", nullptr);
    return finish(ExitCode::Done);
  }

 private:
  int fail(const Diagnostic& error) {
    console_.report(error);
    return console_.finish("quantize", nullptr);
  }

  bool commit(OutputFile& output, bool isArchive) {
    if (!isArchive) return checkAndCommit(output, report_.dataFile, command_.worker, console_);
    const Status committed = output.commit();
    if (!committed) console_.report(committed.error());
    return committed.ok();
  }

  int finish(ExitCode code) {
    if (command_.output != "-" && !console_.mode.quiet)
      console_.print(quantizeText(report_, sizes_, console_.mode.verbose));
    return console_.finish("quantize", document(report_, sizes_), code);
  }

  QuantizeCommand& command_;
  Console& console_;
  QuantizeReport report_;
  FileSizes sizes_;
};

void addWeightOptions(CLI::App& app, QuantizeCommand& command) {
  QuantizeSelection& s = command.options.selection;
  app.add_option("--types", s.types, "What is quantized: linear, lstm, gru, rnn, embedding, conv (default: linear,lstm)")
      ->delimiter(',')->type_name("TYPES");
  app.add_option("--include", s.include,
                 "Quantize only these, whatever their type: a name or glob ('encoder.*'), an operator ('op:MatMul'), a size "
                 "('size>=1MB'); repeat for several")
      ->allow_extra_args(false)->type_name("PATTERN");
  app.add_option("--exclude", s.exclude, "Leave these as they are; the same patterns")->allow_extra_args(false)->type_name("PATTERN");
  app.add_option("--min-size", s.minSize, "Leave weights of fewer bytes as they are")->type_name("BYTES");
}

void addSchemeOptions(CLI::App& app, QuantizeCommand& command) {
  app.add_option("--dtype", command.dtype, "Integers of the weights: qint8 or quint8 (default: qint8)")
      ->check(CLI::IsMember({"qint8", "quint8"}).description(""))->type_name("DTYPE");
  auto* channel = app.add_flag("--per-channel", command.perChannel, "A scale for each output channel (default for ONNX)");
  app.add_flag("--per-tensor", command.perTensor, "One scale for each weight (default for TorchScript)")->excludes(channel);
  auto* symmetric = app.add_flag("--symmetric", command.symmetric, "Zero is in the middle of the integers (default)");
  app.add_flag("--asymmetric", command.asymmetric, "Integers cover just the range of the weights")
      ->excludes(symmetric);
  app.add_option("--reduce-range", command.reduceRange,
                 "Weights of 7 bits: on, off, or auto: where this CPU saturates 8-bit products, that is without VNNI (default: auto)")
      ->check(CLI::IsMember({"auto", "on", "off"}).description(""))->type_name("WHEN");
  app.add_option("--search", command.search,
                 "How scales are found: minmax, mse, percentile[:P] (default: mse for ONNX, minmax for TorchScript)")
      ->type_name("HOW");
}

void addOptions(CLI::App& app, QuantizeCommand& command) {
  app.add_option("MODEL", command.model, "ONNX file or TorchScript archive")->required();
  app.add_option("-o,--output", command.output, "File to write, of the same kind; - writes stdout")->required()->type_name("FILE");
  app.add_flag("-f,--force", command.force, "Replace an existing file");
  addWeightOptions(app, command);
  addSchemeOptions(app, command);
  static const std::map<std::string, QuantizeOptions::Format> kFormats = {
      {"dynamic", QuantizeOptions::Format::Dynamic},
      {"qdq", QuantizeOptions::Format::Qdq},
      {"weight-only", QuantizeOptions::Format::WeightOnly}};
  app.add_option_function<std::string>(
         "--format", [&command](const std::string& name) { command.options.format = kFormats.at(name); },
         "For ONNX: dynamic (integer products, ONNX Runtime's LSTM), qdq (standard operators, activations through 8 bits) or "
         "weight-only (standard operators, only weights in 8 bits) (default: dynamic)")
      ->check(CLI::IsMember({"dynamic", "qdq", "weight-only"}).description(""))->type_name("FORMAT");
  app.add_option("--activations", command.activations,
                 "For ONNX: a scale for all of an activation, or for each token: per-tensor (faster) or per-token (more exact)")
      ->check(CLI::IsMember({"per-tensor", "per-token"}).description(""))->type_name("HOW")->capture_default_str();
  app.add_flag("--external-data", command.options.externalData, "ONNX weights in a second file (always so over 2 GB)");
  app.add_flag("--strict", command.strict, "Exit 1, and write nothing, when there is nothing to quantize");
}

}  // namespace

void addQuantize(CLI::App& app, CommandContext& context) {
  auto command = std::make_shared<QuantizeCommand>();
  CLI::App* sub = app.add_subcommand("quantize", "INT8 dynamic quantization of weights, with every weight explained");
  addOptions(*sub, *command);
  addWorkerOptions(*sub, command->worker);
  addOutputOptions(*sub, context.console);
  sub->callback([command, &context] { context.exitCode = QuantizeRun(*command, context.console).run(); });
}

}  // namespace deploytool::cli
