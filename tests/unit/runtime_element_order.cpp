// Lists of containers, flattened by element and by part.
#include "runtime/element_order.h"
#include "tests/catch.h"

namespace deploytool::runtime {

namespace {

std::vector<NamedTensor> outputs(const std::vector<std::string>& names) {
  std::vector<NamedTensor> result;
  for (const std::string& name : names) result.push_back({name, ir::Tensor::int64(0)});
  return result;
}

std::vector<std::string> orderOf(const std::vector<std::string>& given, const std::vector<std::string>& expected) {
  std::vector<std::string> names;
  const auto fits = [&](size_t from, size_t to) { return given[from] == expected[to]; };
  for (const NamedTensor& output : inElementOrder(outputs(given), fits)) names.push_back(output.name);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("sequences of the parts of a list's elements are put in the order of the elements") {
  const Names byPart{"n", "a[0]", "a[1]", "b[0]", "b[1]", "c[0]", "c[1]", "y"};
  const Names pairsAndAList{"n", "a[0]", "b[0]", "a[1]", "b[1]", "c[0]", "c[1]", "y"};
  const Names threes{"n", "a[0]", "b[0]", "c[0]", "a[1]", "b[1]", "c[1]", "y"};
  CHECK(orderOf(byPart, byPart) == byPart);
  CHECK(orderOf(byPart, pairsAndAList) == pairsAndAList);
  CHECK(orderOf(byPart, threes) == threes);
}

TEST_CASE("outputs stay in order where none fits better in another") {
  const Names given{"a[0]", "a[1]", "b[0]", "b[1]"};
  CHECK(orderOf(given, {"p", "q", "r", "s"}) == given);
  CHECK(orderOf({"a[0]", "b[0]", "b[1]"}, {"b[0]", "a[0]", "b[1]"}) == Names{"a[0]", "b[0]", "b[1]"});
  CHECK(orderOf({}, {}) == Names{});
}

}  // namespace deploytool::runtime
