// Transcripts: a file that holds a command line and everything it did: exit code, both streams, the files it left.
//
//   # comment
//   ! copy NAME [AS]          takes a file of tests/cli/data into the scratch folder
//   ! truncate NAME BYTES
//   ! write NAME TEXT
//   ! mkdir NAME
//   $ command, run by sh with deploytool on its PATH
//   exit N
//   [stdout]
//   [stderr]
//   [files]                   names and, for a small text file, `NAME: content`
//
// Several commands may follow each other in one folder. Re-record with DEPLOYTOOL_RERECORD=1.
#pragma once

#include <string>
#include <vector>

namespace deploytool::test {

/// Runs the commands of a transcript in a fresh folder and returns the transcript as it should read.
std::string replay(const std::string& transcript);

struct Outcome {
  int exitCode = 0;  ///< 128 + n for signal n
  std::string out;
  std::string err;
};
/// Runs `command` by sh in `folder`.
Outcome runCommand(const std::string& command, const std::string& folder);

std::string readFile(const std::string& path);
void writeFile(const std::string& path, const std::string& text);

/// A fresh folder; removed with its contents.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  std::vector<std::string> names() const;  ///< sorted, hidden ones too

 private:
  std::string path_;
};

}  // namespace deploytool::test
