// The text of --help, the same with every version of CLI11.
#pragma once

#include <initializer_list>
#include <string>

namespace CLI {
class App;
}

namespace deploytool::cli {

/// Usage, description, arguments, options, commands, exit codes; at most 100 columns.
std::string helpText(const CLI::App& app);
/// Command lines that the help ends with.
void addExamples(CLI::App& command, std::initializer_list<const char*> lines);

}  // namespace deploytool::cli
