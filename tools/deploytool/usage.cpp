// CLI11's messages in our words; a misspelt name is answered with the nearest one.
#include "deploytool/usage.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <numeric>

namespace deploytool::cli {

namespace {

/// Edits between two words (Levenshtein).
size_t distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row[b.size()];
}

std::vector<std::string> namesOf(const CLI::App& command, bool options) {
  std::vector<std::string> names;
  if (options)
    for (const CLI::Option* option : command.get_options())
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  else
    for (const CLI::App* sub : command.get_subcommands([](const CLI::App*) { return true; })) names.push_back(sub->get_name());
  return names;
}

/// The nearest name, or nothing where none is near.
std::string nearest(const std::string& word, const std::vector<std::string>& names) {
  std::string best;
  size_t fewest = std::max<size_t>(1, word.size() / 3) + 1;
  for (const std::string& name : names) {
    const size_t edits = name.starts_with(word) && word.size() > 2 ? 1 : distance(word, name);
    if (edits < fewest) fewest = edits, best = name;
  }
  return best;
}

std::string notExpected(const CLI::App& command, std::string word, std::string& help) {
  const bool option = word.size() > 1 && word[0] == '-';
  if (option) word = word.substr(0, word.find('='));
  const bool takesCommands = !command.get_parent();
  if (!option && !takesCommands) return "'" + word + "' is one argument too many";
  if (const std::string near = nearest(word, namesOf(command, option)); !near.empty()) help = "did you mean " + near + "? " + help;
  return (option ? "there is no option '" : "there is no command '") + word + "'";
}

// `Could not convert: --opset = thirteen`
std::string notANumber(const std::string& message) {
  const size_t colon = message.find(": "), equals = message.find(" = ");
  if (colon == std::string::npos || equals == std::string::npos) return message;
  return message.substr(colon + 2, equals - colon - 2) + " takes a number, not '" + message.substr(equals + 3) + "'";
}

}  // namespace

Diagnostic usageError(const CLI::App& command, const CLI::ParseError& error) {
  std::string message = error.what();
  std::string help = (command.get_parent() ? "deploytool " + command.get_name() : "deploytool") + " --help";
  if (dynamic_cast<const CLI::ExtrasError*>(&error)) {
    const CLI::App* top = command.get_parent() ? command.get_parent() : &command;
    if (const auto words = top->remaining(true); !words.empty()) message = notExpected(command, words.front(), help);
  } else if (dynamic_cast<const CLI::ConversionError*>(&error)) {
    message = notANumber(message);
  }
  return makeError(ExitCode::Usage, message, help);
}

}  // namespace deploytool::cli
