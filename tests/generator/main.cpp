// Differential testing of the exporter: random modules, libtorch against ONNX Runtime.
//
//   generator [--count N] [--seed S] [--first K] [--row ROW] [--rows] [--verbose]
//
// Prints counts, refusals and invalid modules by reason, every mismatch reduced; ends with 1 when there is one.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>
#include <memory>
#include <sstream>
#include <tuple>

#include "export/pipeline.h"
#include "tests/generator/children.h"
#include "tests/generator/generate.h"
#include "tests/generator/judge.h"
#include "tests/generator/reduce.h"

namespace deploytool::testing::generator {

namespace {

struct Options {
  size_t count = 500, first = 0;
  uint64_t seed = 1;
  std::string row;
  bool rows = false, verbose = false;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const char* next = i + 1 < argc ? argv[i + 1] : "0";
    if (word == "--count") options.count = std::strtoull(next, nullptr, 10), ++i;
    else if (word == "--seed") options.seed = std::strtoull(next, nullptr, 10), ++i;
    else if (word == "--first") options.first = std::strtoull(next, nullptr, 10), ++i;
    else if (word == "--row") options.row = next, ++i;
    else if (word == "--rows") options.rows = true;
    else if (word == "--verbose") options.verbose = true;
  }
  return options;
}

/// A reason without numbers, so that equal ones are counted together.
std::string reasonOf(const std::string& detail) {
  std::string reason;
  for (char c : detail) {
    if (std::isdigit(static_cast<unsigned char>(c))) c = '#';
    if (c != '#' || reason.empty() || reason.back() != '#') reason += c;
  }
  return reason.substr(0, reason.find('\n'));
}

/// What came of one module, as it travels from the child: kind, reason, rows of its calls, description of a mismatch.
struct Outcome {
  Verdict::Kind kind = Verdict::Equal;
  std::string reason;
  std::vector<std::string> rows;
  std::string wrong;

  std::string encoded() const { return fmt::format("{}\n{}\n{}\n{}", static_cast<int>(kind), reason, fmt::join(rows, " "), wrong); }
  static Outcome decode(const std::string& text) {
    std::istringstream lines(text);
    std::string kind, rows;
    Outcome result;
    std::getline(lines, kind), std::getline(lines, result.reason), std::getline(lines, rows);
    result.kind = static_cast<Verdict::Kind>(std::stoi(kind));
    std::istringstream words(rows);
    for (std::string row; words >> row;) result.rows.push_back(row);
    std::getline(lines, result.wrong, '\0');
    return result;
  }
};

constexpr double kMostRefused = 0.03, kMostEmpty = 0.03;  ///< of all modules

class Report {
 public:
  /// The rows that modules are made of.
  void expect(const std::string& rows) {
    std::istringstream words(rows);
    for (std::string row; words >> row;) uses_[row];
  }
  void add(const Outcome& outcome) {
    if (outcome.rows.empty()) {
      ++empty_;
      return;
    }
    ++kinds_[outcome.kind];
    if (!outcome.reason.empty()) ++reasons_[{outcome.kind, outcome.reason}];
    const bool isCompared = Verdict{outcome.kind, {}, {}}.isCompared();
    for (const std::string& row : outcome.rows) uses_[row] += isCompared;
    if (!outcome.wrong.empty()) wrong_.push_back(outcome.wrong);
  }
  /// libtorch crashes on some arguments that do not fit each other; the exporter never may.
  void addCrash(size_t number, const std::string& cause) {
    const bool isOurs = cause.find(std::string(" in ") + kExporting) != std::string::npos;
    (isOurs ? wrong_ : crashes_).push_back(fmt::format("module {}: {}", number, cause));
  }
  bool isGood() const { return wrong_.empty() && isWithin(Verdict::Refused, kMostRefused) && isWithin(Verdict::Empty, kMostEmpty); }

  void print(bool rows) const {
    printKinds();
    printRows(rows);
    for (const std::string& text : crashes_) fmt::print("libtorch crashes: {}\n", text);
    for (const std::string& text : wrong_) fmt::print("{}\n", text);
  }

 private:
  std::map<Verdict::Kind, size_t> kinds_;
  std::map<std::pair<Verdict::Kind, std::string>, size_t> reasons_;
  std::map<std::string, size_t> uses_;  ///< calls in modules that were compared, by row
  std::vector<std::string> wrong_, crashes_;
  size_t empty_ = 0;

  size_t all() const {
    size_t count = crashes_.size();
    for (const auto& kind : kinds_) count += kind.second;
    return count;
  }
  /// Some are always allowed, so that a few modules can be run alone.
  bool isWithin(Verdict::Kind kind, double share) const {
    const auto found = kinds_.find(kind);
    return found == kinds_.end() || found->second <= 5 || static_cast<double>(found->second) <= share * static_cast<double>(all());
  }

  void printKinds() const {
    fmt::print("modules {}", all());
    for (const auto& [kind, count] : kinds_) fmt::print(", {} {}", name(kind), count);
    fmt::print(", crashes of libtorch {}, without a call {}\n", crashes_.size(), empty_);
    std::vector<std::tuple<Verdict::Kind, size_t, std::string>> reasons;
    for (const auto& [reason, count] : reasons_) reasons.emplace_back(reason.first, count, reason.second);
    std::sort(reasons.rbegin(), reasons.rend());
    for (const auto& [kind, count, reason] : reasons) fmt::print("  {} {:4} {}\n", name(kind), count, reason);
  }

  void printRows(bool each) const {
    std::vector<size_t> counts;
    size_t calls = 0;
    for (const auto& [row, count] : uses_) counts.push_back(count), calls += count;
    std::sort(counts.begin(), counts.end());
    const auto below = [&](size_t limit) { return std::lower_bound(counts.begin(), counts.end(), limit) - counts.begin(); };
    fmt::print("rows {}, calls {}, each run on {} sets of inputs; least {}, median {}, most {}; never called {}\n", counts.size(), calls,
               kSets, counts.empty() ? 0 : counts.front(), counts.empty() ? 0 : counts[counts.size() / 2],
               counts.empty() ? 0 : counts.back(), below(1));
    fmt::print("rows run fewer than 100 times: {}\n", below((100 + kSets - 1) / kSets));
    if (each)
      for (const auto& [row, count] : uses_) fmt::print("  {:6} {}\n", count, row);
  }
};

std::string describe(size_t number, const Module& module, const Verdict& verdict) {
  std::string text = fmt::format("---- module {}: {}: {}\n{}", number, name(verdict.kind), verdict.detail, module.text());
  text += fmt::format("  opset {}", module.opset);
  for (const std::string& spec : module.specTexts()) text += "  " + spec;
  return text + "\n";
}

Outcome outcomeOf(Judges& judges, const Generator& generator, const Options& options, size_t number) {
  Outcome outcome;
  const Module module = generator.make(number);
  for (const Call& call : module.calls) outcome.rows.push_back(call.row);
  if (module.calls.empty()) return outcome;
  if (options.verbose) fmt::print("{}", describe(number, module, {})), std::fflush(stdout);
  const Verdict verdict = judge(judges, module);
  outcome.kind = verdict.kind;
  if (options.verbose) fmt::print("=> {} {}\n", name(verdict.kind), verdict.detail), std::fflush(stdout);
  if (verdict.kind != Verdict::Equal) outcome.reason = reasonOf(verdict.detail);
  if (!verdict.isWrong()) return outcome;
  const Module small = reduce(module, [&](const Module& m) { return judge(judges, m).kind == verdict.kind; });
  outcome.wrong = describe(number, small, judge(judges, small));
  return outcome;
}

/// What a child keeps while it works.
struct Bench {
  Judges judges;
  std::unique_ptr<ts::Evaluator> evaluator;
  std::unique_ptr<Generator> generator;
};

std::shared_ptr<Bench> makeBench(const Options& options) {
  auto bench = std::make_shared<Bench>();
  const auto torch = exporter::torchModule();
  if (!torch) {
    fmt::print(stderr, "{}\n", torch.error().message);
    return nullptr;
  }
  bench->judges.torch = *torch;
  bench->evaluator = bench->judges.torch->evaluator();
  bench->generator = std::make_unique<Generator>(*bench->evaluator, options.seed);
  bench->generator->only(options.row);
  bench->generator->verbose(options.verbose);
  return bench;
}

/// The first item is the list of rows, the others are modules.
Work workOf(const Options& options) {
  auto bench = makeBench(options);
  if (!bench) return {};
  return [bench, options](size_t item) {
    if (item > 0) return outcomeOf(bench->judges, *bench->generator, options, options.first + item - 1).encoded();
    std::string rows;
    for (const Operator& op : bench->generator->operators()) rows += op.row + " ";
    return rows;
  };
}

int mainOf(const Options& options) {
  Report report;
  const auto consume = [&](size_t item, const std::string& text) {
    if (item == 0) report.expect(text);
    else report.add(Outcome::decode(text));
  };
  const auto died = [&](size_t item, const std::string& cause) { report.addCrash(options.first + item - 1, cause); };
  if (!runInChildren({0, options.count + 1}, [&] { return workOf(options); }, consume, died)) return 70;
  report.print(options.rows);
  return report.isGood() ? 0 : 1;
}

}  // namespace

}  // namespace deploytool::testing::generator

int main(int argc, char** argv) {
  using namespace deploytool::testing::generator;
  return mainOf(parse(argc, argv));
}
