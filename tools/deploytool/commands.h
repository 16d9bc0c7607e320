// One registration per subcommand, each in the file of its name.
#pragma once

#include <string>

#include "deploytool/console.h"

namespace CLI {
class App;
}

namespace deploytool::cli {

/// What a command needs while it runs; `exitCode` is its answer.
struct CommandContext {
  Console& console;
  int exitCode = 0;
};

void addCompletion(CLI::App& app, CommandContext& context);
void addExport(CLI::App& app, CommandContext& context);
void addInspect(CLI::App& app, CommandContext& context);
void addOps(CLI::App& app, CommandContext& context);
void addOptimize(CLI::App& app, CommandContext& context);
void addQuantize(CLI::App& app, CommandContext& context);
void addSize(CLI::App& app, CommandContext& context);
void addVerify(CLI::App& app, CommandContext& context);

/// --json, -q, -v, --color: the same for every command.
void addOutputOptions(CLI::App& command, Console& console);

}  // namespace deploytool::cli
