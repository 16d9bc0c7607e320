// Differential testing of the exporter: random modules, libtorch against ONNX Runtime.
//
//   generator [--count N] [--seed S] [--first K] [--row ROW] [--rows] [--verbose]
//
// Prints counts, refusals by reason, every mismatch reduced; ends with 1 when there is one.
#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>

#include "export/pipeline.h"
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

class Report {
 public:
  explicit Report(const Generator& generator) {
    for (const Operator& op : generator.operators()) uses_[op.row];
  }

  void add(const Module& module, const Verdict& verdict) {
    ++kinds_[verdict.kind];
    if (verdict.kind == Verdict::Refused) ++refusals_[reasonOf(verdict.detail)];
    for (const Call& call : module.calls) ++uses_[call.row];
  }
  void addEmpty() { ++empty_; }
  void addWrong(const std::string& text) { wrong_.push_back(text); }
  bool isGood() const { return wrong_.empty(); }

  void print(bool rows) const {
    size_t all = 0;
    for (const auto& [kind, count] : kinds_) all += count;
    fmt::print("modules {}", all);
    for (const auto& [kind, count] : kinds_) fmt::print(", {} {}", name(kind), count);
    fmt::print(", without a call {}\n", empty_);
    std::vector<std::pair<size_t, std::string>> reasons;
    for (const auto& [reason, count] : refusals_) reasons.emplace_back(count, reason);
    std::sort(reasons.rbegin(), reasons.rend());
    for (const auto& [count, reason] : reasons) fmt::print("  refused {:4} {}\n", count, reason);
    size_t none = 0, least = 0, most = 0;
    for (const auto& [row, count] : uses_) {
      none += count == 0;
      most = std::max(most, count);
      least = least == 0 || (count > 0 && count < least) ? count : least;
    }
    fmt::print("rows {}, never called {}, least {}, most {}\n", uses_.size(), none, least, most);
    if (rows)
      for (const auto& [row, count] : uses_) fmt::print("  {:6} {}\n", count, row);
    for (const std::string& text : wrong_) fmt::print("{}\n", text);
  }

 private:
  std::map<Verdict::Kind, size_t> kinds_;
  std::map<std::string, size_t> refusals_, uses_;
  std::vector<std::string> wrong_;
  size_t empty_ = 0;
};

std::string describe(size_t number, const Module& module, const Verdict& verdict) {
  std::string text = fmt::format("---- module {}: {}: {}\n{}", number, name(verdict.kind), verdict.detail, module.text());
  text += fmt::format("  opset {}", module.opset);
  for (const std::string& spec : module.specTexts()) text += "  " + spec;
  return text + "\n";
}

void run(Judges& judges, const Generator& generator, const Options& options, Report& report) {
  for (size_t number = options.first; number < options.first + options.count; ++number) {
    const Module module = generator.make(number);
    if (module.calls.empty()) {
      report.addEmpty();
      continue;
    }
    if (options.verbose) fmt::print("{}", describe(number, module, {})), std::fflush(stdout);
    const Verdict verdict = judge(judges, module);
    report.add(module, verdict);
    if (options.verbose) fmt::print("=> {} {}\n", name(verdict.kind), verdict.detail);
    if (!verdict.isWrong()) continue;
    const Module small = reduce(module, [&](const Module& m) { return judge(judges, m).kind == verdict.kind; });
    report.addWrong(describe(number, small, judge(judges, small)));
  }
}

int mainOf(const Options& options) {
  Judges judges;
  const auto torch = exporter::torchModule();
  if (!torch) {
    fmt::print(stderr, "{}\n", torch.error().message);
    return 70;
  }
  judges.torch = *torch;
  const auto evaluator = judges.torch->evaluator();
  Generator generator(*evaluator, options.seed);
  if (!options.row.empty()) generator.only(options.row);
  Report report(generator);
  run(judges, generator, options, report);
  report.print(options.rows);
  return report.isGood() ? 0 : 1;
}

}  // namespace

}  // namespace deploytool::testing::generator

int main(int argc, char** argv) {
  using namespace deploytool::testing::generator;
  return mainOf(parse(argc, argv));
}
