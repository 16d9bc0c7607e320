// Replaying transcripts.
#include "tests/cli/transcript.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace deploytool::test {

namespace fs = std::filesystem;

namespace {

const std::string kData = std::string(DEPLOYTOOL_TEST_DATA) + "/cli/data/";

void setUp(const std::string& line, const ScratchFolder& scratch) {
  std::istringstream words(line);
  std::string verb, name, rest;
  words >> verb >> name >> std::ws;
  std::getline(words, rest);
  if (verb == "copy") {
    fs::copy_file(kData + name, scratch / (rest.empty() ? name : rest));
  } else if (verb == "truncate") {
    fs::resize_file(scratch / name, std::stoull(rest));
  } else if (verb == "write") {
    writeFile(scratch / name, rest + "\n");
  } else if (verb == "mkdir") {
    fs::create_directory(scratch / name);
  } else {
    throw std::runtime_error("a transcript cannot '" + verb + "'");
  }
}

std::string section(const std::string& title, const std::string& text) {
  if (text.empty()) return "";
  return "[" + title + "]\n" + text + (text.ends_with('\n') ? "" : "\n(no newline at the end)\n");
}

std::string listing(const ScratchFolder& scratch) {
  std::string out;
  for (const std::string& name : scratch.names()) {
    out += name;
    const bool small = fs::is_regular_file(scratch / name) && fs::file_size(scratch / name) < 64;
    const std::string content = small ? readFile(scratch / name) : "";
    if (!content.empty() && content.find('\0') == std::string::npos) out += ": " + content.substr(0, content.find('\n'));
    out += "\n";
  }
  return out;
}

std::string record(const std::string& command, const ScratchFolder& scratch) {
  const Outcome outcome = runCommand(command, scratch.path());
  return "$ " + command + "\nexit " + std::to_string(outcome.exitCode) + "\n" + section("stdout", outcome.out) +
         section("stderr", outcome.err) + section("files", listing(scratch));
}

}  // namespace

std::string replay(const std::string& transcript) {
  ScratchFolder scratch;
  std::istringstream lines(transcript);
  std::string out, line;
  while (std::getline(lines, line)) {
    if (line.starts_with("# ")) {
      out += line + "\n";
    } else if (line.starts_with("! ")) {
      setUp(line.substr(2), scratch);
      out += line + "\n";
    } else if (line.starts_with("$ ")) {
      out += record(line.substr(2), scratch);
    }
  }
  return out;
}

Outcome runCommand(const std::string& command, const std::string& folder) {
  ScratchFolder streams;
  const std::string tool = fs::path(DEPLOYTOOL_EXECUTABLE).parent_path().string();
  const pid_t child = fork();
  if (child == 0) {
    setenv("PATH", (tool + ":/usr/bin:/bin").c_str(), 1);
    unsetenv("NO_COLOR");
    const std::string script = "exec >'" + streams / "out" + "' 2>'" + streams / "err" + "' </dev/null; " + command;
    if (chdir(folder.c_str()) == 0) execl("/bin/sh", "sh", "-c", script.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  const int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return {code, readFile(streams / "out"), readFile(streams / "err")};
}

std::string readFile(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

void writeFile(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

ScratchFolder::ScratchFolder() {
  std::string name = (fs::temp_directory_path() / "dt-cli-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("no scratch folder");
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::vector<std::string> ScratchFolder::names() const {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(path_)) out.push_back(entry.path().filename().string());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace deploytool::test
