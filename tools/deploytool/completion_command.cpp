// deploytool completion: scripts for shells, from the options as they are registered.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "deploytool/commands.h"
#include "deploytool/help.h"

namespace deploytool::cli {

namespace {

std::vector<const CLI::App*> commandsOf(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

bool takesValue(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

std::string optionWords(const CLI::App& command) {
  std::string words;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_snames()) words += " -" + name;
    for (const std::string& name : option->get_lnames()) words += " --" + name;
  }
  return words.empty() ? words : words.substr(1);
}

std::string bashScript(const CLI::App& app) {
  std::string names, cases;
  for (const CLI::App* command : commandsOf(app)) {
    names += command->get_name() + " ";
    cases += fmt::format("      {}) words='{}' ;;\n", command->get_name(), optionWords(*command));
  }
  return fmt::format(
      "# deploytool completion bash > /etc/bash_completion.d/deploytool\n"
      "_deploytool() {{\n"
      "  local current=${{COMP_WORDS[COMP_CWORD]}} words=''\n"
      "  if ((COMP_CWORD == 1)); then\n"
      "    words='{}{}'\n"
      "  elif [[ $current == -* ]]; then\n"
      "    case ${{COMP_WORDS[1]}} in\n"
      "{}"
      "    esac\n"
      "  else\n"
      "    mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
      "    return\n"
      "  fi\n"
      "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
      "}}\n"
      "complete -o filenames -F _deploytool deploytool\n",
      names, optionWords(app), cases);
}

// Inside single quotes, and without what _arguments reads as syntax.
std::string zshText(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') out += "'\\''";
    else if (c == '[' || c == ']' || c == ':' || c == '\\') out += std::string("\\") + c;
    else out += c;
  }
  return out;
}

std::string zshOption(const CLI::Option& option) {
  std::string out;
  const std::string tail =
      fmt::format("[{}]{}'", zshText(option.get_description()), takesValue(option) ? ":value:_files" : "");
  for (const std::string& name : option.get_snames()) out += fmt::format(" '-{}{}", name, tail);
  for (const std::string& name : option.get_lnames()) out += fmt::format(" '--{}{}", name, tail);
  return out;
}

std::string zshScript(const CLI::App& app) {
  std::string names, cases;
  for (const CLI::App* command : commandsOf(app)) {
    names += fmt::format("    '{}:{}'\n", command->get_name(), zshText(command->get_description()));
    std::string options;
    for (const CLI::Option* option : command->get_options()) {
      if (!option->get_positional()) options += zshOption(*option);
    }
    cases += fmt::format("    {}) _arguments{} '*:file:_files' ;;\n", command->get_name(), options);
  }
  return fmt::format(
      "#compdef deploytool\n"
      "# deploytool completion zsh > a folder of $fpath, as _deploytool\n"
      "_deploytool() {{\n"
      "  local -a commands=(\n{}  )\n"
      "  if ((CURRENT == 2)); then\n"
      "    _describe command commands\n"
      "    return\n"
      "  fi\n"
      "  local command=$words[2]\n"
      "  shift words\n"
      "  ((CURRENT--))\n"
      "  case $command in\n{}  esac\n"
      "}}\n"
      "_deploytool \"$@\"\n",
      names, cases);
}

std::string fishText(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string fishScript(const CLI::App& app) {
  std::string out = "# deploytool completion fish > ~/.config/fish/completions/deploytool.fish\n";
  for (const CLI::App* command : commandsOf(app)) {
    out += fmt::format("complete -c deploytool -n __fish_use_subcommand -f -a {} -d '{}'\n", command->get_name(),
                       fishText(command->get_description()));
    for (const CLI::Option* option : command->get_options()) {
      if (option->get_positional()) continue;
      out += fmt::format("complete -c deploytool -n '__fish_seen_subcommand_from {}'", command->get_name());
      for (const std::string& name : option->get_snames()) out += " -s " + name;
      for (const std::string& name : option->get_lnames()) out += " -l " + name;
      out += fmt::format("{} -d '{}'\n", takesValue(*option) ? " -r" : "", fishText(option->get_description()));
    }
  }
  return out;
}

int runCompletion(const std::string& shell, const CLI::App& app, Console& console) {
  const std::string script = shell == "bash" ? bashScript(app) : shell == "zsh" ? zshScript(app) : fishScript(app);
  console.print(script);
  return console.finish("completion", {{"shell", shell}, {"script", script}});
}

}  // namespace

void addCompletion(CLI::App& app, CommandContext& context) {
  auto shell = std::make_shared<std::string>();
  CLI::App* sub = app.add_subcommand("completion", "Print a script that lets a shell complete commands and options");
  sub->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}).description(""));
  addExamples(*sub, {"source <(deploytool completion bash)"});
  addOutputOptions(*sub, context.console);
  sub->callback([shell, &app, &context] { context.exitCode = runCompletion(*shell, app, context.console); });
}

}  // namespace deploytool::cli
