// Input files opened once, and output files that appear complete or not at all.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "deploytool/status.h"

namespace deploytool {

/// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  int get() const { return number_; }
  int release();
  /// Closes it now; an I/O error shows in the result.
  bool close();

 private:
  int number_;
};

/// A regular file, open for reading.
struct InputHandle {
  std::string path;  ///< as the user wrote it; `-` for stdin
  Descriptor descriptor;
  uint64_t size = 0;
};

/// Opens a regular file; `-` reads stdin into memory first. What is no regular file is refused.
Result<InputHandle> openInput(const std::string& path);

struct OutputOptions {
  bool force = false;            ///< an existing file may be replaced
  bool externalData = false;     ///< a second file for weights will be written
};

/// The folder that a file lies in, to find there what belongs to the file; -1 where there is none, as for `-`.
Descriptor openFolderOf(const std::string& path);

/// A file in the making: written under a hidden name in the target's folder, given its name by commit(). Discarded when
/// destroyed before, or when a signal ends the program (installSignalCleanup).
class OutputFile {
 public:
  /// `-` collects in memory and goes to stdout on commit.
  static Result<OutputFile> create(const std::string& path, const OutputOptions& options);
  OutputFile(OutputFile&&) noexcept;
  OutputFile& operator=(OutputFile&&) noexcept;
  ~OutputFile();

  int descriptor() const;
  /// Descriptor for the weights beside the model; -1 unless asked for in the options.
  int dataDescriptor() const;
  const std::string& path() const;
  const std::string& name() const;  ///< the last part of the real path; empty for stdout
  /// Where this process and its children can read the model before it is committed.
  std::string unfinishedPath() const;

  /// Gives the data file its name already now, so that the unfinished model finds it; without a commit it goes again.
  Status placeData(const std::string& dataName);

  /// Flushes to the disk and renames: first the data file, to `dataName` in the same folder, then the model, which is
  /// the only point where old becomes new; where that fails the data file goes too. An empty `dataName`: there is no
  /// data file, and the temporary is removed.
  Status commit(const std::string& dataName = {});

 private:
  struct State;
  explicit OutputFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// From now on a signal that ends the program (INT, TERM, HUP, PIPE) removes unfinished output files and stops the
/// worker first.
void installSignalCleanup();

}  // namespace deploytool
