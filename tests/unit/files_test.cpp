// Output files: complete or not there at all, whatever fails.
#include "support/files.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/catch.h"

using namespace deploytool;
namespace fs = std::filesystem;

namespace {

// An empty folder that goes away with the test.
class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "dt-files-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~Scratch() { fs::remove_all(folder_); }
  std::string operator/(const std::string& name) const { return (folder_ / name).string(); }
  const fs::path& folder() const { return folder_; }
  std::set<std::string> names() const {
    std::set<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder_)) out.insert(entry.path().filename().string());
    return out;
  }

 private:
  fs::path folder_;
};

void put(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

std::string get(const std::string& path) {
  std::stringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

void writeText(int descriptor, const std::string& text) {
  REQUIRE(write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

std::string refusal(const std::string& path, bool force = false) {
  const auto output = OutputFile::create(path, {force, false});
  return output ? "accepted" : std::to_string(static_cast<int>(output.error().code)) + " " + output.error().message;
}

using Names = std::set<std::string>;

}  // namespace

TEST_CASE("an output appears on commit and not before", "[files]") {
  Scratch scratch;
  {
    auto output = OutputFile::create(scratch / "m.onnx", {});
    REQUIRE(output);
    writeText(output->descriptor(), "model");
    CHECK_FALSE(fs::exists(scratch / "m.onnx"));
    REQUIRE(output->commit().ok());
  }
  CHECK(scratch.names() == Names{"m.onnx"});
  CHECK(get(scratch / "m.onnx") == "model");
  const mode_t mask = umask(0);
  umask(mask);
  struct stat info {};
  REQUIRE(stat((scratch / "m.onnx").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == (0666 & ~mask));
}

TEST_CASE("what is not committed leaves nothing", "[files]") {
  Scratch scratch;
  {
    auto output = OutputFile::create(scratch / "m.onnx", {false, true});
    REQUIRE(output);
    CHECK(scratch.names().size() == 2);
  }
  CHECK(scratch.names().empty());
}

TEST_CASE("an existing file needs force, and keeps its mode", "[files]") {
  Scratch scratch;
  put(scratch / "m.onnx", "old");
  chmod((scratch / "m.onnx").c_str(), 0640);
  CHECK(refusal(scratch / "m.onnx") == "5 the file exists");
  CHECK(get(scratch / "m.onnx") == "old");
  auto output = OutputFile::create(scratch / "m.onnx", {true, false});
  REQUIRE(output);
  writeText(output->descriptor(), "new");
  CHECK(get(scratch / "m.onnx") == "old");
  REQUIRE(output->commit().ok());
  CHECK(get(scratch / "m.onnx") == "new");
  struct stat info {};
  REQUIRE(stat((scratch / "m.onnx").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0640);
}

TEST_CASE("a link is followed: its target is replaced", "[files]") {
  Scratch scratch;
  fs::create_directory(scratch / "real");
  put(scratch / "real/m.onnx", "old");
  fs::create_symlink("real/m.onnx", scratch / "link.onnx");
  auto output = OutputFile::create(scratch / "link.onnx", {true, false});
  REQUIRE(output);
  writeText(output->descriptor(), "new");
  REQUIRE(output->commit().ok());
  CHECK(fs::is_symlink(scratch / "link.onnx"));
  CHECK(get(scratch / "real/m.onnx") == "new");
}

TEST_CASE("places where nothing can be written are refused", "[files]") {
  Scratch scratch;
  fs::create_directory(scratch / "folder");
  CHECK(refusal(scratch / "folder", true) == "5 is a folder");
  CHECK(refusal(scratch / "none/m.onnx") == "5 cannot write there: No such file or directory");
  CHECK(refusal("/dev/null", true) == "5 exists and is not a regular file");
  put(scratch / "file", "");
  CHECK(refusal(scratch / "file/m.onnx") == "5 cannot open the folder for writing: Not a directory");
}

TEST_CASE("input and output may be the same file", "[files]") {
  Scratch scratch;
  put(scratch / "m.onnx", "old content");
  auto input = openInput(scratch / "m.onnx");
  auto output = OutputFile::create(scratch / "m.onnx", {true, false});
  REQUIRE(input);
  REQUIRE(output);
  writeText(output->descriptor(), "new");
  char buffer[16] = {};
  CHECK(pread(input->descriptor.get(), buffer, sizeof buffer, 0) == 11);
  REQUIRE(output->commit().ok());
  CHECK(pread(input->descriptor.get(), buffer, sizeof buffer, 0) == 11);
  CHECK(get(scratch / "m.onnx") == "new");
}

TEST_CASE("weights come under the name of their generation, older ones go", "[files]") {
  Scratch scratch;
  put(scratch / "m.onnx", "old");
  put(scratch / "m.onnx.0123456789abcdef.data", "old weights");
  put(scratch / "m.onnx.data", "somebody else's");
  put(scratch / "m.onnx.0123456789abcdeg.data", "somebody else's");
  auto output = OutputFile::create(scratch / "m.onnx", {true, true});
  REQUIRE(output);
  writeText(output->dataDescriptor(), "weights");
  REQUIRE(output->commit("m.onnx.fedcba9876543210.data").ok());
  CHECK(scratch.names() == Names{"m.onnx", "m.onnx.fedcba9876543210.data", "m.onnx.data", "m.onnx.0123456789abcdeg.data"});
  CHECK(get(scratch / "m.onnx.fedcba9876543210.data") == "weights");
}

// The model's name is taken by a folder in the meantime: its rename fails.
std::string commitInVain(OutputFile& output, const std::string& path, const std::string& dataName) {
  fs::remove(path);
  fs::create_directory(path);
  put(path + "/x", "");
  const Status committed = output.commit(dataName);
  return committed.ok() ? "committed" : committed.error().message;
}

TEST_CASE("a model that cannot be renamed takes its weights with it", "[files]") {
  Scratch scratch;
  put(scratch / "m.onnx.0123456789abcdef.data", "old weights");
  {
    auto output = OutputFile::create(scratch / "m.onnx", {false, true});
    REQUIRE(output);
    writeText(output->dataDescriptor(), "weights");
    CHECK_THAT(commitInVain(*output, scratch / "m.onnx", "m.onnx.fedcba9876543210.data"), StartsWith("cannot rename"));
  }
  CHECK(scratch.names() == Names{"m.onnx", "m.onnx.0123456789abcdef.data"});
}

TEST_CASE("weights of the same name belong to the old model too, and stay", "[files]") {
  Scratch scratch;
  put(scratch / "m.onnx.0123456789abcdef.data", "weights");
  {
    auto output = OutputFile::create(scratch / "m.onnx", {false, true});
    REQUIRE(output);
    writeText(output->dataDescriptor(), "weights");
    CHECK_THAT(commitInVain(*output, scratch / "m.onnx", "m.onnx.0123456789abcdef.data"), StartsWith("cannot rename"));
  }
  CHECK(scratch.names() == Names{"m.onnx", "m.onnx.0123456789abcdef.data"});
  CHECK(get(scratch / "m.onnx.0123456789abcdef.data") == "weights");
}

TEST_CASE("weights may take their name before the model does", "[files]") {
  Scratch scratch;
  const bool commits = GENERATE(true, false);
  {
    auto output = OutputFile::create(scratch / "m.onnx", {false, true});
    REQUIRE(output);
    writeText(output->descriptor(), "model");
    writeText(output->dataDescriptor(), "weights");
    REQUIRE(output->placeData("m.onnx.fedcba9876543210.data").ok());
    CHECK(get(output->unfinishedPath()) == "model");
    CHECK(fs::path(output->unfinishedPath()).parent_path() == fs::canonical(scratch.folder()));
    CHECK(get(scratch / "m.onnx.fedcba9876543210.data") == "weights");
    if (commits) REQUIRE(output->commit("m.onnx.fedcba9876543210.data").ok());
  }
  CHECK(scratch.names() == (commits ? Names{"m.onnx", "m.onnx.fedcba9876543210.data"} : Names{}));
}

TEST_CASE("a data file that was not needed goes", "[files]") {
  Scratch scratch;
  auto output = OutputFile::create(scratch / "m.onnx", {false, true});
  REQUIRE(output);
  REQUIRE(output->commit().ok());
  CHECK(scratch.names() == Names{"m.onnx"});
}

TEST_CASE("long names leave room for the temporary's", "[files]") {
  Scratch scratch;
  const std::string name(250, 'n');
  auto output = OutputFile::create(scratch / name, {});
  REQUIRE(output);
  REQUIRE(output->commit().ok());
  CHECK(scratch.names() == Names{name});
}

TEST_CASE("a signal removes what is unfinished and keeps its exit code", "[files]") {
  Scratch scratch;
  const pid_t child = fork();
  if (child == 0) {
    installSignalCleanup();
    const auto output = OutputFile::create(scratch / "m.onnx", {false, true});
    if (!output) _exit(1);
    kill(getpid(), SIGTERM);
    _exit(2);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGTERM);
  CHECK(scratch.names().empty());
}

TEST_CASE("inputs are regular files", "[files]") {
  Scratch scratch;
  const auto why = [](const std::string& path) {
    const auto input = openInput(path);
    return input ? std::string("accepted") : input.error().message;
  };
  CHECK(why(scratch / "none") == "cannot open the file: No such file or directory");
  CHECK(why(scratch.folder().string()) == "is a folder, not a file");
  CHECK(why("/dev/zero") == "is not a regular file");
  REQUIRE(mkfifo((scratch / "pipe").c_str(), 0600) == 0);
  CHECK(why(scratch / "pipe") == "is not a regular file");
}
