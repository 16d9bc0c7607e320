// deploytool size: sizes and ratios of files, with a budget, for shell scripts.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "deploytool/commands.h"
#include "deploytool/help.h"
#include "deploytool/megabytes.h"
#include "deploytool/model_kind.h"
#include "deploytool/worker_options.h"
#include "onnx/external_files.h"
#include "onnx/reader.h"
#include "onnx/weight_sizes.h"
#include "support/diagnostics.h"
#include "support/files.h"

namespace deploytool::cli {

namespace {

using Json = nlohmann::ordered_json;

struct SizeCommand {
  std::vector<std::string> files;
  std::optional<double> maxRatio;
  std::optional<double> maxMegabytes;
  bool bytesOnly = false;
  bool weights = false;
};

struct Measured {
  std::string path;
  uint64_t bytes = 0;           // with external data
  uint64_t externalBytes = 0;   // the part of it that lies beside an ONNX file
  std::optional<double> ratio;  // to the first file; infinite when that is empty and this is not
  std::vector<onnx_io::WeightSize> weights;
};

// Weights beside an ONNX file belong to it.
Result<uint64_t> externalBytes(const InputHandle& file) {
  if (!file.path.ends_with(".onnx")) return uint64_t{0};
  const Descriptor folder = openFolderOf(file.path);
  const auto external = onnx_io::externalFiles({file.descriptor.get(), file.path, folder.get()});
  if (!external) return external.error();
  uint64_t bytes = 0;
  for (const auto& part : *external) bytes += part.size;
  return bytes;
}

double ratioOf(uint64_t bytes, uint64_t first) {
  if (first == 0) return bytes == 0 ? 1 : std::numeric_limits<double>::infinity();
  return static_cast<double>(bytes) / static_cast<double>(first);
}

Result<std::vector<Measured>> measure(const std::vector<std::string>& files) {
  std::vector<Measured> out;
  for (const std::string& path : files) {
    const Result<InputHandle> file = openInput(path);
    if (!file) return file.error();
    const Result<uint64_t> external = externalBytes(*file);
    if (!external) return external.error();
    Measured measured{path, file->size + *external, *external, {}, {}};
    if (!out.empty()) measured.ratio = ratioOf(measured.bytes, out[0].bytes);
    out.push_back(measured);
  }
  return out;
}

std::string why(const SizeCommand& command, const Measured& file) {
  if (command.maxRatio && file.ratio && *file.ratio > *command.maxRatio) {
    if (std::isinf(*file.ratio)) return "the first file is empty, so this one is over any budget";
    return fmt::format("{:.3f} x the first file, over the budget of {:g} x", *file.ratio, *command.maxRatio);
  }
  if (command.maxMegabytes && megabytes(file.bytes) > *command.maxMegabytes) {
    return fmt::format("{}, over the budget of {:g} MB", megabytesText(file.bytes), *command.maxMegabytes);
  }
  return {};
}

std::string table(const SizeCommand& command, const std::vector<Measured>& files) {
  std::string out;
  for (const Measured& file : files) {
    if (command.bytesOnly) {
      out += fmt::format("{}\n", file.bytes);
    } else {
      out += fmt::format("{:>14}  {:>7}  {}{}\n", megabytesText(file.bytes),
                         file.ratio ? fmt::format("{:.3f} x", *file.ratio) : "", file.path,
                         file.externalBytes ? ", " + megabytesText(file.externalBytes) + " of it external data" : "");
    }
  }
  return out;
}

// ---- --weights ------------------------------------------------------------------------------------------------------

Result<std::vector<onnx_io::WeightSize>> weightsOf(const std::string& path, Console& console) {
  const Result<InputHandle> file = openInput(path);
  if (!file) return file.error();
  if (kindOf(*file) != ModelKind::Onnx) {
    Diagnostic error = makeError(ExitCode::Unsupported, "--weights reads ONNX files only", "deploytool inspect --tensors lists an archive's");
    error.file = path;
    return error;
  }
  const Descriptor folder = openFolderOf(path);
  WorkerRequest request = workerRequest({}, *file, console);
  request.job = [&](WorkerContext&) {
    auto model = onnx_io::readModel({file->descriptor.get(), path, folder.get()});
    if (!model) return WorkerReport{"", {model.error()}};
    return WorkerReport{onnx_io::toJson(onnx_io::weightSizes(**model)).dump(-1, ' ', false, Json::error_handler_t::replace), {}};
  };
  const auto result = resultOf(runWorker(request));
  if (!result) return result.error();
  return onnx_io::weightSizesFromJson(*result);
}

/// A row for each dtype and operator, a column for each file; the largest of the first file first.
std::string weightsTable(const std::vector<Measured>& files) {
  std::vector<std::pair<std::string, std::string>> keys;
  for (const Measured& file : files) {
    for (const auto& w : file.weights) {
      const std::pair key(w.dtype, w.op);
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
  }
  std::string out = fmt::format("\n{:9}  {:24}", "weights", "read by");
  for (const Measured& file : files) out += fmt::format("  {:>20}", std::filesystem::path(file.path).filename().string());
  out += "\n";
  for (const auto& [dtype, op] : keys) {
    out += fmt::format("{:9}  {:24}", dtype, op.empty() ? "-" : op);
    for (const Measured& file : files) {
      const auto found = std::find_if(file.weights.begin(), file.weights.end(),
                                      [&, d = dtype, o = op](const auto& w) { return w.dtype == d && w.op == o; });
      out += fmt::format("  {:>20}", found == file.weights.end() ? "-" : fmt::format("{} in {}", megabytesText(found->bytes), found->count));
    }
    out += "\n";
  }
  return cleaned(out, size_t{1} << 20);
}

Json document(const std::vector<Measured>& files, bool weights) {
  Json list = Json::array();
  for (const Measured& file : files) {
    Json entry = {{"path", file.path}, {"bytes", file.bytes}, {"megabytes", megabytes(file.bytes)}};
    entry["external_bytes"] = file.externalBytes;
    entry["ratio"] = file.ratio && std::isfinite(*file.ratio) ? Json(*file.ratio) : Json(nullptr);
    if (weights) entry["weights"] = onnx_io::toJson(file.weights);
    list.push_back(entry);
  }
  return {{"files", list}};
}

int runSize(const SizeCommand& command, Console& console) {
  auto files = measure(command.files);
  if (!files) return console.fail("size", files.error());
  for (Measured& file : *files) {
    if (!command.weights) break;
    auto weights = weightsOf(file.path, console);
    if (!weights) return console.fail("size", weights.error());
    file.weights = std::move(*weights);
  }
  console.print(table(command, *files));
  if (command.weights) console.print(weightsTable(*files));
  ExitCode code = ExitCode::Done;
  for (const Measured& file : *files) {
    const std::string reason = why(command, file);
    if (reason.empty()) continue;
    code = ExitCode::Negative;
    Diagnostic over = makeError(code, reason);
    over.file = file.path;
    console.report(over);
  }
  return console.finish("size", document(*files, command.weights), code);
}

}  // namespace

void addSize(CLI::App& app, CommandContext& context) {
  auto command = std::make_shared<SizeCommand>();
  CLI::App* sub = app.add_subcommand("size", "Sizes of files in MB (10^6 bytes), ONNX files with their external data, and their ratio to the first");
  sub->add_option("FILE", command->files, "Files")->required();
  sub->add_option("--max-ratio", command->maxRatio, "Exit 1 if a file is larger than this times the first file")->type_name("RATIO");
  sub->add_option("--max-mb", command->maxMegabytes, "Exit 1 if a file is larger than this")->type_name("MB");
  sub->add_flag("--bytes", command->bytesOnly, "Print plain numbers of bytes, one a line");
  sub->add_flag("--weights", command->weights, "What weights take, by dtype and operator, of ONNX files side by side");
  addExamples(*sub, {"deploytool size net.pt net.onnx net.int8.onnx",
                     "deploytool size --max-ratio 0.5 net.onnx net.int8.onnx || echo too large"});
  addOutputOptions(*sub, context.console);
  sub->callback([command, &context] {
    if (command->maxRatio && command->files.size() < 2) {
      throw CLI::ValidationError("--max-ratio", "needs at least two files");
    }
    context.exitCode = runSize(*command, context.console);
  });
}

}  // namespace deploytool::cli
