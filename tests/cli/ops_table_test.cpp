// docs/operators.md is what `deploytool ops --markdown` prints; DEPLOYTOOL_RERECORD=1 writes it again.
#include <cstdlib>

#include "tests/catch.h"
#include "tests/cli/transcript.h"

using namespace deploytool::test;

TEST_CASE("the document of operators is up to date", "[ops]") {
  const ScratchFolder folder;
  const Outcome outcome = runCommand("deploytool ops --markdown", folder.path());
  REQUIRE(outcome.exitCode == 0);
  const std::string file = std::string(DEPLOYTOOL_TEST_DATA) + "/../docs/operators.md";
  if (std::getenv("DEPLOYTOOL_RERECORD") != nullptr) writeFile(file, outcome.out);
  const bool upToDate = readFile(file) == outcome.out;
  INFO("deploytool ops --markdown > docs/operators.md");
  CHECK(upToDate);
}
