// Sizes and numbers for trying a model. No std:: distributions: their results differ from library to library.
#include "runtime/random_inputs.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace deploytool::runtime {
namespace {

constexpr size_t kMostCases = 6;

// SplitMix64 (Steele, Lea, Flood 2014).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  // Sum of twelve uniforms: mean 0, deviation 1, and no library function that rounds differently elsewhere.
  double normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += uniform();
    return sum;
  }

 private:
  uint64_t state_;
};

uint64_t hashOf(const std::string& text) {
  uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (unsigned char c : text) hash = (hash ^ c) * 0x100000001b3ULL;
  return hash;
}

struct Symbol {
  std::string name;
  std::optional<int64_t> example;
};

// Symbols in order of appearance.
std::vector<Symbol> symbolsOf(const InputPlan& plan) {
  std::vector<Symbol> symbols;
  for (const auto& input : plan.inputs) {
    for (const auto& axis : input.axes) {
      if (axis.symbol.empty() || input.value) continue;
      auto found = std::find_if(symbols.begin(), symbols.end(), [&](const Symbol& s) { return s.name == axis.symbol; });
      if (found == symbols.end()) found = symbols.insert(symbols.end(), Symbol{axis.symbol, {}});
      if (axis.example) found->example = axis.example;
    }
  }
  return symbols;
}

// The size of the symbol at `position` in case `number`. Without an example size, 5 to 10 are left out: there the
// exporter takes its own. The first symbol, mostly the batch, stays small.
int64_t sizeOf(const Symbol& symbol, size_t position, size_t number, int round) {
  constexpr int64_t kFirst[] = {2, 1, 3, 4, 2, 3};
  if (number == 1 + position % (kMostCases - 1) && round == 0) return 1;
  const auto at = static_cast<int64_t>(position);
  const auto turn = static_cast<int64_t>(number);
  if (symbol.example && *symbol.example > 1) return *symbol.example * (2 + (at + (turn + 1) / 2) % 2 + round);
  const int64_t scale = int64_t{1} << std::min(2 * round, 12);
  if (position == 0) return kFirst[number % std::size(kFirst)] * scale;
  if (number == 0 && position <= 2) return (2 + at) * scale;
  return (10 + 2 * turn + at) * scale;
}

struct Numbers {
  Random random;
  std::optional<ValueRange> range;
  int variant;

  double floating() { return range ? range->lo + random.uniform() * (range->hi - range->lo) : random.normal(); }
  int64_t integer(ir::DType dtype) {
    const auto [lo, hi] = bounds(dtype);
    const uint64_t count = hi > lo ? static_cast<uint64_t>(hi) - static_cast<uint64_t>(lo) : 1;
    return lo + static_cast<int64_t>(random.next() % count);
  }

 private:
  std::pair<int64_t, int64_t> bounds(ir::DType dtype) const {
    if (range) return {static_cast<int64_t>(range->lo), static_cast<int64_t>(range->hi)};
    if (dtype == ir::DType::Bool) return {0, 2};
    if (dtype == ir::DType::UInt8) return {0, 256};
    constexpr std::pair<int64_t, int64_t> kSmall[] = {{0, 8}, {1, 4}, {0, 2}, {1, 2}};
    return kSmall[static_cast<size_t>(variant) % 4];
  }
};

template <class T, class Make>
ir::Tensor make(ir::DType dtype, const std::vector<int64_t>& dims, size_t count, Make&& next) {
  std::vector<T> values(count);
  for (auto& value : values) value = static_cast<T>(next());
  return ir::Tensor::copy(dtype, dims, std::as_bytes(std::span<const T>(values)));
}

ir::Tensor fill(ir::DType dtype, const std::vector<int64_t>& dims, Numbers numbers) {
  size_t count = ir::isComplex(dtype) ? 2 : 1;
  for (int64_t dim : dims) count *= static_cast<size_t>(dim);
  const auto integer = [&] { return numbers.integer(dtype); };
  const auto floating = [&] { return numbers.floating(); };
  switch (dtype) {
    case ir::DType::Float32:
    case ir::DType::Complex64: return make<float>(dtype, dims, count, floating);
    case ir::DType::Float64:
    case ir::DType::Complex128: return make<double>(dtype, dims, count, floating);
    case ir::DType::Float16:
      return make<uint16_t>(dtype, dims, count, [&] { return ir::floatToHalf(static_cast<float>(floating())); });
    case ir::DType::BFloat16:
      return make<uint16_t>(dtype, dims, count, [&] { return ir::floatToBFloat16(static_cast<float>(floating())); });
    case ir::DType::Int64:
    case ir::DType::UInt64: return make<int64_t>(dtype, dims, count, integer);
    case ir::DType::Int32:
    case ir::DType::UInt32: return make<int32_t>(dtype, dims, count, integer);
    case ir::DType::Int16:
    case ir::DType::UInt16: return make<int16_t>(dtype, dims, count, integer);
    case ir::DType::String:
      return ir::Tensor::strings(dims, std::vector<std::string>(count, "text"));
    default: return make<uint8_t>(dtype, dims, count, integer);
  }
}

std::optional<ValueRange> rangeOf(const InputPlan& plan, const std::string& name) {
  for (const auto& key : {name, std::string()}) {
    if (const auto found = plan.ranges.find(key); found != plan.ranges.end()) return found->second;
  }
  return {};
}

// As many as cover the sizes that were asked for, and ours where a symbol is left to us.
size_t caseCount(const InputPlan& plan, const std::vector<Symbol>& symbols) {
  const bool someAreOurs =
      std::any_of(symbols.begin(), symbols.end(), [&](const Symbol& s) { return !plan.sizes.contains(s.name); });
  size_t count = someAreOurs ? std::min(symbols.size() + 2, kMostCases) : 1;
  for (const auto& [name, wanted] : plan.sizes) count = std::max(count, wanted.size());
  return count;
}

Status known(const std::string& name, const std::set<std::string>& names, const std::string& what) {
  if (names.contains(name)) return {};
  std::string list;
  for (const auto& other : names) list += (list.empty() ? "" : ", ") + other;
  return makeError(ExitCode::Usage, "there is no " + what + " '" + name + "'",
                   names.empty() ? "there is none at all" : "there is: " + list);
}

}  // namespace

Status checkNames(const InputPlan& plan) {
  std::set<std::string> axes, inputs;
  for (const auto& symbol : symbolsOf(plan)) axes.insert(symbol.name);
  for (const auto& input : plan.inputs) inputs.insert(input.name);
  for (const auto& [name, sizes] : plan.sizes)
    if (Status found = known(name, axes, "dynamic axis"); !found) return found;
  for (const auto& [name, range] : plan.ranges)
    if (Status found = name.empty() ? Status() : known(name, inputs, "input"); !found) return found;
  return {};
}

std::vector<Sizes> planSizes(const InputPlan& plan, int round) {
  const auto symbols = symbolsOf(plan);
  if (symbols.empty()) return {Sizes{}, Sizes{}};
  const size_t count = caseCount(plan, symbols);
  std::vector<Sizes> cases(count);
  for (size_t number = 0; number < count; ++number) {
    for (size_t position = 0; position < symbols.size(); ++position) {
      const auto given = plan.sizes.find(symbols[position].name);
      const bool isGiven = given != plan.sizes.end() && !given->second.empty();
      cases[number][symbols[position].name] =
          isGiven ? given->second[number % given->second.size()] : sizeOf(symbols[position], position, number, round);
    }
  }
  return cases;
}

std::vector<ir::Tensor> fillInputs(const InputPlan& plan, const Sizes& sizes, uint64_t caseNumber, int variant) {
  std::vector<ir::Tensor> tensors;
  for (size_t i = 0; i < plan.inputs.size(); ++i) {
    const auto& input = plan.inputs[i];
    if (input.value) {
      tensors.push_back(*input.value);
      continue;
    }
    std::vector<int64_t> dims;
    for (const auto& axis : input.axes) dims.push_back(axis.symbol.empty() ? axis.size : sizes.at(axis.symbol));
    const uint64_t seed = plan.seed * 0x9e3779b97f4a7c15ULL + caseNumber * 0x100000001b3ULL + hashOf(input.name) + i;
    tensors.push_back(fill(input.dtype, dims, {Random(seed), rangeOf(plan, input.name), variant}));
  }
  return tensors;
}

}  // namespace deploytool::runtime
