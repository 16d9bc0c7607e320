// deploytool ops: the operators that have a lowering, from the table itself.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

#include "deploytool/commands.h"
#include "export/table.h"

namespace deploytool::cli {

namespace {

using Json = nlohmann::ordered_json;
using exporter::Row;

struct OpsCommand {
  std::string pattern;
  bool limitsOnly = false;
};

bool wanted(const OpsCommand& command, const Row& row) {
  if (command.limitsOnly && row.limits.empty()) return false;
  return row.name.find(command.pattern) != std::string::npos;
}

int runOps(const OpsCommand& command, Console& console) {
  Json list = Json::array();
  for (const exporter::FamilyEntry& family : exporter::families()) {
    std::vector<Row> rows = family.rows();
    std::erase_if(rows, [&](const Row& row) { return !wanted(command, row); });
    if (rows.empty()) continue;
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.name < b.name; });
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
  addOutputOptions(*sub, context.console);
  sub->callback([command, &context] { context.exitCode = runOps(*command, context.console); });
}

}  // namespace deploytool::cli
