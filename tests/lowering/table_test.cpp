// The operator table as a whole: every case of every family, every row exercised by a case, every row and argument name
// known to libtorch.
#include <algorithm>
#include <cstdlib>
#include <set>

#include "export/ops/refusing.h"
#include "export/table.h"
#include "tests/catch.h"
#include "tests/lowering/cases.h"
#include "tests/lowering/run_case.h"

namespace deploytool::testing {

namespace {

/// Rows for operators that one of the two supported versions of libtorch lacks (1.13, 2.6).
const std::set<std::string>& otherVersion() {
  static const std::set<std::string> rows = {
#include "tests/lowering/other_version.inc"
  };
  return rows;
}

/// Rows that wait for their case, or cannot be called from text in one of the libtorchs: the list may only shrink.
const std::set<std::string>& rowsWithoutCase() {
  static const std::set<std::string> rows = {
#include "tests/lowering/rows_without_case.inc"
  };
  return rows;
}

struct Key {
  std::string name, overload;
};
Key keyOf(const std::string& row) {
  const size_t dot = row.find('.', row.find("::"));
  if (dot == std::string::npos) return {row, ""};
  return {row.substr(0, dot), row.substr(dot + 1)};
}

std::vector<const exporter::Row*> allRows() {
  static const std::vector<std::vector<exporter::Row>> kept = [] {
    std::vector<std::vector<exporter::Row>> rows;
    for (const exporter::FamilyEntry& family : exporter::families()) rows.push_back(family.rows());
    return rows;
  }();
  std::vector<const exporter::Row*> result;
  for (const auto& rows : kept)
    for (const exporter::Row& row : rows) result.push_back(&row);
  return result;
}

bool hasArgument(const ts::Schema& schema, const std::string& name) {
  return std::any_of(schema.arguments.begin(), schema.arguments.end(),
                     [&](const ts::Argument& a) { return a.name == name; });
}

}  // namespace

TEST_CASE("lowerings give libtorch's results in ONNX Runtime") {
  for (const std::string& family : familyNames()) {
    DYNAMIC_SECTION(family) {
      const FamilyResult& result = resultOf(family);
      for (const std::string& failure : result.failures) FAIL_CHECK(failure);
      for (size_t i = 0; i < result.passed; ++i) CHECK(true);
    }
  }
}

TEST_CASE("every row of the operator table has a numeric test") {
  if (std::getenv("DEPLOYTOOL_CASE")) return;
  REQUIRE(runtimes().torch);
  for (const std::string& family : familyNames()) resultOf(family);
  std::string missing, covered;
  std::set<std::string> stale = rowsWithoutCase();
  for (const exporter::Row* row : allRows()) {
    if (row->lower.target<exporter::Refusing>()) continue;  // nothing to compute; `inspect` has the tests
    const bool listed = stale.erase(row->name) != 0;
    if (!isExercised(row->name) && !otherVersion().count(row->name) && !listed) missing += "\n  " + row->name;
    if (isExercised(row->name) && listed) covered += "\n  " + row->name;
  }
  INFO("rows without a case:" << missing);
  CHECK(missing.empty());
  INFO("rows that have a case; take them out of rows_without_case.inc:" << covered);
  CHECK(covered.empty());
  CHECK(stale == std::set<std::string>());  // no rows of the table
}

TEST_CASE("every row of the operator table is an operator of libtorch") {
  REQUIRE(runtimes().torch);
  const auto evaluator = runtimes().torch->evaluator();
  std::set<std::string> seen;
  for (const exporter::Row* row : allRows()) {
    INFO(row->name);
    CHECK(seen.insert(row->name).second);
    const Key key = keyOf(row->name);
    const auto schemas = evaluator->schemas(key.name);
    const auto schema = std::find_if(schemas.begin(), schemas.end(),
                                     [&](const ts::Schema& s) { return s.overload == key.overload; });
    if (schema == schemas.end()) {
      CHECK(otherVersion().count(row->name));
      continue;
    }
    for (const std::string& argument : row->arguments) {
      INFO("argument " << argument);
      CHECK((hasArgument(*schema, argument) || otherVersion().count(row->name + "(" + argument + ")")));
    }
  }
}

}  // namespace deploytool::testing
