// Laying out help in two columns.
#include "deploytool/help.h"

#include <CLI/CLI.hpp>

namespace deploytool::cli {

namespace {

constexpr size_t kColumn = 26;
constexpr size_t kWidth = 100;

constexpr const char* kExitCodes =
    "Exit codes:\n"
    "  0      done\n"
    "  1      a negative answer: models differ, a file is over its budget\n"
    "  2      wrong usage\n"
    "  3      bad or hostile input, or a limit reached\n"
    "  4      an operator or feature that is not supported\n"
    "  5      reading or writing failed\n"
    "  70     a bug in deploytool\n"
    "  128+n  ended by signal n\n";

std::string wrapped(const std::string& text) {
  std::string out;
  size_t column = kColumn;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const size_t length = end - at;
    if (column > kColumn && column + 1 + length > kWidth) {
      out += "\n" + std::string(kColumn, ' ');
      column = kColumn;
    } else if (column > kColumn) {
      out += ' ';
      ++column;
    }
    out += text.substr(at, length);
    column += length;
    at = end + 1;
  }
  return out;
}

std::string entry(const std::string& name, const std::string& description) {
  std::string out = "  " + name;
  out += out.size() + 2 > kColumn ? "\n" + std::string(kColumn, ' ') : std::string(kColumn - out.size(), ' ');
  return out + wrapped(description) + "\n";
}

bool takesValue(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

std::string optionName(const CLI::Option& option) {
  if (option.get_positional()) return option.get_name() + (option.get_items_expected_max() > 1 ? "..." : "");
  std::string name;
  for (const std::string& s : option.get_snames()) name += (name.empty() ? "-" : ", -") + s;
  for (const std::string& l : option.get_lnames()) name += (name.empty() ? "--" : ", --") + l;
  return takesValue(option) ? name + " " + option.get_type_name() : name;
}

std::string optionDescription(const CLI::Option& option) {
  std::string out = option.get_description();
  if (!option.get_positional() && option.get_required()) out += " (required)";
  if (takesValue(option) && !option.get_default_str().empty()) out += " (default: " + option.get_default_str() + ")";
  return out;
}

std::string usageLine(const CLI::App& app) {
  std::string out = "Usage: " + (app.get_parent() ? app.get_parent()->get_name() + " " : std::string()) + app.get_name();
  if (!app.get_parent()) out += " COMMAND";
  std::string options;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) out += " " + (option->get_required() ? optionName(*option) : "[" + optionName(*option) + "]");
    if (!option->get_positional() && option->get_required()) options += " " + optionName(*option);
  }
  return out + options + " [OPTION]...\n";
}

std::string section(const std::string& title, const std::string& entries) {
  return entries.empty() ? "" : "\n" + title + ":\n" + entries;
}

}  // namespace

void addExamples(CLI::App& command, std::initializer_list<const char*> lines) {
  std::string text = command.get_footer();
  text += text.empty() ? "Examples:" : "\n\nExamples:";
  for (const char* line : lines) text += std::string("\n  ") + line;
  command.footer(text);
}

std::string helpText(const CLI::App& app) {
  std::string arguments, options, commands;
  for (const CLI::Option* option : app.get_options()) {
    (option->get_positional() ? arguments : options) += entry(optionName(*option), optionDescription(*option));
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    commands += entry(command->get_name(), command->get_description());
  }
  std::string out = usageLine(app) + app.get_description() + "\n";
  out += section("Commands", commands) + section("Arguments", arguments) + section("Options", options);
  if (!app.get_footer().empty()) out += "\n" + app.get_footer() + "\n";
  return out + "\n" + kExitCodes;
}

}  // namespace deploytool::cli
