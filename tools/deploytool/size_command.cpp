// deploytool size: sizes and ratios of files, with a budget, for shell scripts.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

#include "deploytool/commands.h"
#include "support/files.h"

namespace deploytool::cli {

namespace {

using Json = nlohmann::ordered_json;

struct SizeCommand {
  std::vector<std::string> files;
  std::optional<double> maxRatio;
  std::optional<double> maxMegabytes;
  bool bytesOnly = false;
};

struct Measured {
  std::string path;
  uint64_t bytes = 0;
  std::optional<double> ratio;  // to the first file
};

double megabytes(uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }

// Small files get digits enough to tell them apart.
std::string megabytesText(uint64_t bytes) {
  return fmt::format("{:.{}f} MB", megabytes(bytes), bytes >= 100'000 || bytes == 0 ? 2 : 6);
}

Result<std::vector<Measured>> measure(const std::vector<std::string>& files) {
  std::vector<Measured> out;
  for (const std::string& path : files) {
    const Result<InputHandle> file = openInput(path);
    if (!file) return file.error();
    Measured measured{path, file->size, {}};
    if (!out.empty() && out[0].bytes > 0) {
      measured.ratio = static_cast<double>(measured.bytes) / static_cast<double>(out[0].bytes);
    }
    out.push_back(measured);
  }
  return out;
}

std::string why(const SizeCommand& command, const Measured& file) {
  if (command.maxRatio && file.ratio && *file.ratio > *command.maxRatio) {
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
      out += fmt::format("{:>14}  {:>7}  {}\n", megabytesText(file.bytes),
                         file.ratio ? fmt::format("{:.3f} x", *file.ratio) : "", file.path);
    }
  }
  return out;
}

Json document(const std::vector<Measured>& files) {
  Json list = Json::array();
  for (const Measured& file : files) {
    Json entry = {{"path", file.path}, {"bytes", file.bytes}, {"megabytes", megabytes(file.bytes)}};
    entry["ratio"] = file.ratio ? Json(*file.ratio) : Json(nullptr);
    list.push_back(entry);
  }
  return {{"files", list}};
}

int runSize(const SizeCommand& command, Console& console) {
  const auto files = measure(command.files);
  if (!files) {
    console.report(files.error());
    return console.finish("size", nullptr);
  }
  console.print(table(command, *files));
  ExitCode code = ExitCode::Done;
  for (const Measured& file : *files) {
    const std::string reason = why(command, file);
    if (reason.empty()) continue;
    code = ExitCode::Negative;
    Diagnostic over = makeError(code, reason);
    over.file = file.path;
    console.report(over);
  }
  return console.finish("size", document(*files), code);
}

}  // namespace

void addSize(CLI::App& app, CommandContext& context) {
  auto command = std::make_shared<SizeCommand>();
  CLI::App* sub = app.add_subcommand("size", "Sizes of files in MB (10^6 bytes), and their ratio to the first");
  sub->add_option("FILE", command->files, "Files")->required();
  sub->add_option("--max-ratio", command->maxRatio, "Exit 1 if a file is larger than this times the first file")->type_name("RATIO");
  sub->add_option("--max-mb", command->maxMegabytes, "Exit 1 if a file is larger than this")->type_name("MB");
  sub->add_flag("--bytes", command->bytesOnly, "Print plain numbers of bytes, one a line");
  addOutputOptions(*sub, context.console);
  sub->callback([command, &context] {
    if (command->maxRatio && command->files.size() < 2) {
      throw CLI::ValidationError("--max-ratio", "needs at least two files");
    }
    context.exitCode = runSize(*command, context.console);
  });
}

}  // namespace deploytool::cli
