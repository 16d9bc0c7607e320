// What is said of a wrong command line.
#pragma once

#include "deploytool/status.h"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace deploytool::cli {

/// The message for an error of CLI11's, with the nearest name where one was misspelt. `command` is the subcommand that
/// was chosen, or the app itself.
Diagnostic usageError(const CLI::App& command, const CLI::ParseError& error);

}  // namespace deploytool::cli
