// Integer expressions: canonical form, simplification, three-valued comparison, and agreement with plain arithmetic.
#include <random>

#include "ir/dim.h"
#include "tests/catch.h"

namespace deploytool::ir {
namespace {

const Dim a = Dim::symbol("a"), b = Dim::symbol("b"), h = Dim::symbol("h");
const Dim i = Dim::symbol("i", false);

TEST_CASE("dims: polynomials are canonical") {
  CHECK((a + b) * (a - b) == a * a - b * b);
  CHECK((Dim(2) * a + Dim(1)).text() == "2*a + 1");
  CHECK((Dim(1) - a).text() == "-a + 1");
  CHECK((b * a * Dim(3) - b + a).text() == "3*a*b + a - b");
  CHECK((a - a).asLiteral() == 0);
  CHECK(Dim(0).text() == "0");
  CHECK(Dim(0).terms().empty());
  CHECK((a + Dim(1)).terms().size() == 2);
  CHECK(a.asSymbol() == "a");
  CHECK_FALSE((a + Dim(1)).asSymbol());
  CHECK_FALSE((Dim(2) * a).asSymbol());
}

TEST_CASE("dims: division") {
  CHECK(floorDiv(Dim(6) * a * b, Dim(2) * b) == Dim(3) * a);
  CHECK(floorDiv(a * a - b * b, a + b) == a - b);
  CHECK(floorDiv(Dim(4) * a + Dim(3), 4) == a);
  CHECK(floorDiv(Dim(4) * a + Dim(9), 2) == Dim(2) * a + Dim(4));
  CHECK(floorDiv(a * b * Dim(3), a * Dim(2)).text() == "b + floordiv(b, 2)");
  CHECK(floorDiv(-7, 2).literal() == -4);
  CHECK(floorDiv(7, -2).literal() == -4);
  CHECK(floorDiv(a, 1) == a);
  CHECK(floorDiv(a, a).literal() == 1);
  CHECK_FALSE(exactDiv(a + Dim(1), b));
  CHECK(exactDiv(a * b + b, b) == a + Dim(1));
}

TEST_CASE("dims: strided convolutions stay readable") {
  const Dim once = floorDiv(h - Dim(1), 2) + Dim(1);
  CHECK(once == ceilDiv(h, 2));
  CHECK(once == -floorDiv(-h, 2));
  const Dim twice = floorDiv(once - Dim(1), 2) + Dim(1);
  CHECK(twice.text() == "floordiv(h + 3, 4)");
  CHECK(twice == ceilDiv(h, 4));
  CHECK(once.isNonNegative());
}

TEST_CASE("dims: remainder") {
  CHECK(mod(Dim(4) * a + Dim(3), 4).literal() == 3);
  CHECK(mod(Dim(4) * a + Dim(2) * b, 4) == Dim(2) * mod(b, 2));
  CHECK(mod(a * b, b).literal() == 0);
  CHECK(mod(mod(a, 8), 4) == mod(a, 4));
  CHECK(mod(-7, 3).literal() == 2);
  CHECK(mod(7, -3).literal() == -2);
  CHECK(mod(a + Dim(5), 5) == mod(a, 5));
  CHECK(mod(a, b).text() == "mod(a, b)");
}

TEST_CASE("dims: minimum and maximum") {
  CHECK(max(a, 0) == a);
  CHECK(max(a, -1) == a);
  CHECK(max(a, 1).text() == "max(a, 1)");
  CHECK(max(i, 0).text() == "max(i, 0)");
  CHECK(min(a, a + Dim(1)) == a);
  CHECK(min(min(a, b), a) == min(b, a));
  CHECK(max(max(a, 3), 5) == max(a, 5));
  CHECK(max(a - min(a, 3), 0) == a - min(a, 3));
  CHECK(min(Dim(2) * a, a) == a);
  CHECK(max(a + b, b) == a + b);
}

TEST_CASE("dims: comparison has three values") {
  CHECK(equal(a, a) == true);
  CHECK_FALSE(equal(a, b).has_value());
  CHECK_FALSE(equal(a, 1).has_value());
  CHECK_FALSE(equal(a, 0).has_value());
  CHECK(equal(a, -1) == false);
  CHECK(equal(a + Dim(1), 0) == false);
  CHECK(equal(a, a + Dim(2)) == false);
  CHECK(equal(Dim(2) * i + Dim(1), Dim(4) * b) == false);
  CHECK(less(a, a + Dim(1)) == true);
  CHECK(less(a + b, b) == false);
  CHECK_FALSE(less(a, b).has_value());
  CHECK(less(mod(i, 4), 4) == true);
  CHECK(less(floorDiv(a, 2), a + Dim(1)) == true);
  CHECK_FALSE(i.isNonNegative());
  CHECK(max(i, 1).isPositive());
  CHECK((a - min(a, b)).isNonNegative());
}

TEST_CASE("dims: numbers that do not fit are unknown, not wrong") {
  const Dim big(int64_t{1} << 62);
  const Dim product = big * Dim(4);
  CHECK_FALSE(product.isLiteral());
  CHECK(product == big * Dim(4));
  CHECK_FALSE((big + big).isLiteral());
  CHECK_FALSE(((big * a) * (big * b)).isNonNegative());
  CHECK_FALSE((-Dim(INT64_MIN)).isLiteral());
  CHECK_FALSE(floorDiv(INT64_MIN, -1).isLiteral());
  CHECK_FALSE(floorDiv(a, 0).isLiteral());
  CHECK_FALSE(mod(3, 0).isLiteral());
}

TEST_CASE("dims: substitution and evaluation") {
  const Dim e = floorDiv(a * b + Dim(1), 2) + max(a, b);
  CHECK(e.symbols() == std::vector<std::string>{"a", "b"});
  CHECK(e.substitute({{"a", 3}}) == floorDiv(Dim(3) * b + Dim(1), 2) + max(b, 3));
  const auto value = [](const std::string& s) { return s == "a" ? std::optional<int64_t>(3) : std::nullopt; };
  CHECK_FALSE(e.evaluate(value));
  CHECK(e.evaluate([](const std::string&) { return std::optional<int64_t>(4); }) == 12);
}

// A random expression, built in two ways at once: as a Dim and on numbers.
struct Generator {
  std::mt19937 random;
  std::vector<int64_t> values;  // of a, b, i

  int64_t pick(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); }

  std::pair<Dim, int64_t> make(int depth) {
    if (depth == 0) {
      const int64_t kind = pick(0, 4);
      if (kind == 0) return {a, values[0]};
      if (kind == 1) return {b, values[1]};
      if (kind == 2) return {i, values[2]};
      const int64_t n = pick(-6, 6);
      return {n, n};
    }
    auto [x, p] = make(depth - 1);
    auto [y, q] = make(pick(0, depth - 1));
    switch (pick(0, 7)) {
      case 0: return {x + y, p + q};
      case 1: return {x - y, p - q};
      case 2: return {x * y, p * q};
      case 3: return {min(x, y), std::min(p, q)};
      case 4: return {max(x, y), std::max(p, q)};
      default: break;
    }
    if (q == 0) return {x, p};
    const int64_t quotient = (p - ((p % q + q) % q)) / q;
    if (pick(0, 1)) return {floorDiv(x, y), quotient};
    return {mod(x, y), p - quotient * q};
  }
};

TEST_CASE("dims: simplification keeps the value") {
  for (unsigned seed = 0; seed < 4000; ++seed) {
    Generator g{std::mt19937(seed), {}};
    g.values = {g.pick(1, 9), g.pick(1, 9), g.pick(-9, 9)};
    const auto [dim, value] = g.make(3);
    const auto valueOf = [&](const std::string& s) {
      return std::optional<int64_t>(s == "a" ? g.values[0] : s == "b" ? g.values[1] : g.values[2]);
    };
    CAPTURE(seed, dim.text(), g.values[0], g.values[1], g.values[2]);
    REQUIRE(dim.evaluate(valueOf) == value);
    if (dim.isNonNegative()) REQUIRE(value >= 0);
    if (dim.isPositive()) REQUIRE(value >= 1);
    if (auto same = equal(dim, value)) REQUIRE(*same);
    if (auto lower = less(dim, value)) REQUIRE_FALSE(*lower);
  }
}

}  // namespace
}  // namespace deploytool::ir
