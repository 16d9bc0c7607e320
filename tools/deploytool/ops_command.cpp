// deploytool ops: the operators that have a lowering, from the table itself.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

#include "deploytool/commands.h"
#include "deploytool/help.h"
#include "export/general_limit.h"
#include "export/table.h"

namespace deploytool::cli {

namespace {

using Json = nlohmann::ordered_json;
using exporter::Row;

struct OpsCommand {
  std::string pattern;
  bool limitsOnly = false;
  bool markdown = false;
};

bool wanted(const OpsCommand& command, const Row& row) {
  if (command.limitsOnly && row.limits.empty()) return false;
  return row.name.find(command.pattern) != std::string::npos;
}

/// The rows of a family that are wanted, by name.
std::vector<Row> rowsOf(const OpsCommand& command, const exporter::FamilyEntry& family) {
  std::vector<Row> rows = family.rows();
  std::erase_if(rows, [&](const Row& row) { return !wanted(command, row); });
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.name < b.name; });
  return rows;
}

constexpr const char* kMarkdownHead =
    "# Operators\n\n"
    "What `deploytool export` translates, and what of it is refused. Written by `deploytool ops --markdown`.\n\n"
    "In-place (`relu_`) and `out` forms are their functional operator; a `.Scalar` overload without a line of its own is its\n"
    "`.Tensor` overload. Operators on constants are run by libtorch, whether they are in this table or not.\n\n"
    "Refused of any operator, where the message names the argument: {}.\n\n"
    "NaN: ONNX Runtime's Max and Min (in their second operand), ReduceMax, ReduceMin, ArgMax, ArgMin, TopK and MaxPool pass\n"
    "over it, and so do `maximum`, `amax`, `argmax`, `sort`, `topk`, `max_pool2d` and the like, where libtorch gives NaN. `clamp`\n"
    "and norms give NaN.\n";

/// A vertical bar would end the cell.
std::string cell(const std::string& text) {
  std::string out;
  for (char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

int printMarkdown(const OpsCommand& command, Console& console) {
  std::string text = fmt::format(kMarkdownHead, exporter::kGeneralLimit);
  for (const exporter::FamilyEntry& family : exporter::families()) {
    const std::vector<Row> rows = rowsOf(command, family);
    if (rows.empty()) continue;
    text += fmt::format("\n## {}\n\n| operator | refused |\n|---|---|\n", family.name);
    for (const Row& row : rows) text += fmt::format("| `{}` | {} |\n", row.name, cell(row.limits));
  }
  console.print(text);
  return console.finish("ops", nullptr);
}

int runOps(const OpsCommand& command, Console& console) {
  if (command.markdown) return printMarkdown(command, console);
  Json list = Json::array();
  for (const exporter::FamilyEntry& family : exporter::families()) {
    const std::vector<Row> rows = rowsOf(command, family);
    if (rows.empty()) continue;
    console.print(fmt::format("{}:\n", family.name));
    for (const Row& row : rows) {
      console.print(fmt::format("  {}{}{}\n", row.name, row.limits.empty() ? "" : ": ", row.limits));
      list.push_back({{"name", row.name}, {"family", family.name}, {"limits", row.limits}});
    }
  }
  const bool nothing = list.empty();
  if (nothing) {
    console.report(makeError(ExitCode::Negative, "no operator with a lowering matches '" + command.pattern + "'"));
  }
  return console.finish("ops", {{"operators", std::move(list)}});
}

}  // namespace

void addOps(CLI::App& app, CommandContext& context) {
  auto command = std::make_shared<OpsCommand>();
  CLI::App* sub = app.add_subcommand("ops", "Operators that export supports, and their limits");
  sub->add_option("PATTERN", command->pattern, "Part of a name, such as aten::conv; exit 1 if nothing matches");
  sub->add_flag("--limits", command->limitsOnly, "Only operators with limits");
  sub->add_flag("--markdown", command->markdown, "As the Markdown document that docs/operators.md holds");
  addExamples(*sub, {"deploytool ops aten::conv",
                     "deploytool ops --limits",
                     "deploytool ops --json"});
  addOutputOptions(*sub, context.console);
  sub->callback([command, &context] { context.exitCode = runOps(*command, context.console); });
}

}  // namespace deploytool::cli
