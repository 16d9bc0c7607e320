// The list of commands, and what CLI11's errors become.
#include "deploytool/cli.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "deploytool/commands.h"
#include "deploytool/help.h"
#include "deploytool/usage.h"
#include "deploytool/version.h"

namespace deploytool::cli {

namespace {

bool contains(const std::vector<std::string>& arguments, const std::string& flag) {
  return std::find(arguments.begin(), arguments.end(), flag) != arguments.end();
}

const CLI::App* chosen(const CLI::App& app) {
  const auto commands = app.get_subcommands();
  return commands.empty() ? &app : commands.front();
}

int reportUsage(const CLI::App& app, const CLI::ParseError& error, Console& console) {
  const CLI::App* command = chosen(app);
  console.report(usageError(*command, error));
  return console.finish(command == &app ? "" : command->get_name(), nullptr, ExitCode::Usage);
}

int cannotWrite(Console& console) {
  console.report(makeError(ExitCode::Io, "cannot write to stdout"));
  return static_cast<int>(ExitCode::Io);
}

void addCommands(CLI::App& app, CommandContext& context) {
  addExport(app, context);
  addInspect(app, context);
  addOps(app, context);
  addOptimize(app, context);
  addQuantize(app, context);
  addSize(app, context);
  addVerify(app, context);
  addCompletion(app, context);
}

int parseAndRun(CLI::App& app, std::vector<std::string> arguments, CommandContext& context, const Streams& streams) {
  std::reverse(arguments.begin(), arguments.end());  // what CLI11 asks for
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    streams.out << helpText(*chosen(app)) << std::flush;
    return streams.out ? 0 : cannotWrite(context.console);
  } catch (const CLI::ParseError& error) {
    return reportUsage(app, error, context.console);
  }
  return context.exitCode;
}

}  // namespace

void addOutputOptions(CLI::App& command, Console& console) {
  command.add_flag("--json", console.mode.json, "Print one JSON document on stdout");
  auto* quiet = command.add_flag("-q,--quiet", console.mode.quiet, "Print errors only");
  command.add_flag("-v,--verbose", console.mode.verbose, "Print the stages, and what libraries say")->excludes(quiet);
  command.add_option("--color", console.mode.colour, "Colour on stderr: auto, always or never")
      ->type_name("WHEN")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "always", "never"}).description(""));
}

int run(std::vector<std::string> arguments, const Streams& streams) {
  Console console(streams);
  CommandContext context{console};
  CLI::App app("Turns TorchScript archives into standard ONNX, without Python.", "deploytool");
  app.require_subcommand(0, 1);
  app.set_help_flag("-h,--help", "Print this help");
  bool version = false;
  app.add_flag("--version", version, "Print the versions of deploytool and of the libraries it uses");
  app.add_flag("--json", console.mode.json, "Print one JSON document on stdout");
  addCommands(app, context);
  console.mode.json = contains(arguments, "--json");  // an error of the command line is a document too
  try {
    const int code = parseAndRun(app, std::move(arguments), context, streams);
    if (version) return printVersion(console);
    if (code == 0 && app.get_subcommands().empty() && app.count("--help") == 0) {
      streams.err << helpText(app) << std::flush;
      return static_cast<int>(ExitCode::Usage);
    }
    return code;
  } catch (const std::exception& error) {
    console.report(makeError(ExitCode::Internal, error.what(), "this is a bug in deploytool: please report it"));
    return console.finish("", nullptr);
  }
}

}  // namespace deploytool::cli
