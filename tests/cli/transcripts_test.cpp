// Every transcript in tests/cli/cases: help texts, bad inputs with their exact messages, small successful runs.
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "tests/catch.h"
#include "tests/cli/transcript.h"

using namespace deploytool::test;
namespace fs = std::filesystem;

TEST_CASE("transcripts", "[transcripts]") {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(std::string(DEPLOYTOOL_TEST_DATA) + "/cli/cases")) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() >= 10);
  const bool rerecord = std::getenv("DEPLOYTOOL_RERECORD") != nullptr;
  for (const fs::path& file : files) {
    DYNAMIC_SECTION(file.stem().string()) {
      const std::string expected = readFile(file.string());
      const std::string actual = replay(expected);
      if (rerecord && actual != expected) writeFile(file.string(), actual);
      CHECK(actual == expected);
    }
  }
}
