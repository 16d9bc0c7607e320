// Differential testing of the exporter: random modules, libtorch against ONNX Runtime.
//
//   generator [--count N] [--seed S] [--first K] [--row ROW] [--rows] [--least N] [--verbose]
//   generator --every-row [--seed S]
//
// Prints counts, refusals and invalid modules by reason, every mismatch reduced; ends with 1 when there is one, and when a
// row of the operator table has fewer than `--least` calls. `--every-row` makes one module for each row, not `--count`.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <memory>
#include <set>

#include "export/pipeline.h"
#include "tests/generator/children.h"
#include "tests/generator/generate.h"
#include "tests/generator/judge.h"
#include "tests/generator/reduce.h"
#include "tests/generator/report.h"

namespace deploytool::testing::generator {

namespace {

struct Options {
  size_t count = 500, first = 0, least = 0;
  uint64_t seed = 1;
  std::string row;
  bool rows = false, verbose = false, everyRow = false;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const char* next = i + 1 < argc ? argv[i + 1] : "0";
    if (word == "--count") options.count = std::strtoull(next, nullptr, 10), ++i;
    else if (word == "--seed") options.seed = std::strtoull(next, nullptr, 10), ++i;
    else if (word == "--first") options.first = std::strtoull(next, nullptr, 10), ++i;
    else if (word == "--least") options.least = std::strtoull(next, nullptr, 10), ++i;
    else if (word == "--row") options.row = next, ++i;
    else if (word == "--rows") options.rows = true;
    else if (word == "--every-row") options.everyRow = true, options.least = 1;
    else if (word == "--verbose") options.verbose = true;
  }
  return options;
}

/// The small ones among the inputs of a set, as libtorch's programs would write them.
std::string inputsText(const Module& module, size_t set) {
  constexpr int64_t kMost = 16;
  const std::vector<ir::Tensor> tensors = tensorsOf(module, set);
  std::string text;
  for (size_t i = 0; i < tensors.size(); ++i)
    if (tensors[i].numel() <= kMost)
      text += fmt::format("  {} = [{:.9g}]\n", module.inputs[i].variable.name, fmt::join(tensors[i].toDoubles(), ", "));
  return text;
}

std::string describe(size_t number, const Module& module, const Verdict& verdict) {
  std::string text = fmt::format("---- module {}: {}: {}\n{}", number, name(verdict.kind), verdict.detail, module.text());
  text += fmt::format("  opset {}", module.opset);
  for (const std::string& spec : module.specTexts()) text += "  " + spec;
  return text + "\n" + (verdict.isWrong() ? inputsText(module, verdict.set) : "");
}

Outcome outcomeOf(Judges& judges, const Module& module, const Options& options, size_t number, const std::set<std::string>& withoutKernel) {
  Outcome outcome;
  outcome.withoutKernel.assign(withoutKernel.begin(), withoutKernel.end());
  for (const Call& call : module.calls) outcome.rows.push_back(call.row);
  if (module.calls.empty()) return outcome;
  if (options.verbose) fmt::print("{}", describe(number, module, {})), std::fflush(stdout);
  const Verdict verdict = judge(judges, module);
  outcome.kind = verdict.kind;
  for (const std::string& row : outcome.rows)
    if (verdict.rows.count(row)) outcome.lowered.push_back(row);
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
  bench->generator = std::make_unique<Generator>(*bench->judges.torch, *bench->evaluator, options.seed);
  bench->generator->only(options.row);
  bench->generator->verbose(options.verbose);
  return bench;
}

/// A module with a call of the row that has this number.
Module moduleOfRow(const Generator& generator, size_t number) {
  constexpr size_t kTurns = 20;
  const Operator& op = generator.operators().at(number);
  Module module;
  for (size_t turn = 0; turn < kTurns && module.calls.empty(); ++turn) module = generator.makeFor(op, turn);
  return module;
}

/// The first item is the list of rows, the others are modules.
Work workOf(const Options& options) {
  auto bench = makeBench(options);
  if (!bench) return {};
  return [bench, options](size_t item) {
    if (item > 0) {
      const size_t number = options.first + item - 1;
      const Module module = options.everyRow ? moduleOfRow(*bench->generator, number) : bench->generator->make(number);
      return outcomeOf(bench->judges, module, options, number, bench->generator->withoutKernel()).encoded();
    }
    Outcome rows;
    for (const Operator& op : bench->generator->operators()) rows.rows.push_back(op.row);
    for (const auto& [reason, names] : bench->generator->leftOutRows())
      rows.wrong += fmt::format("  {:4} {}: {}\n", names.size(), reason, fmt::join(names, " "));
    return rows.encoded();
  };
}

int mainOf(const Options& options) {
  Report report(options.least);
  size_t rows = 0;
  const auto consume = [&](size_t item, const std::string& text) {
    const Outcome outcome = Outcome::decode(text);
    if (item > 0) return report.add(outcome);
    rows = outcome.rows.size();
    report.expect(outcome.rows, outcome.wrong);
  };
  const auto died = [&](size_t item, const std::string& cause) { report.addCrash(options.first + item - 1, cause); };
  const auto prepare = [&] { return workOf(options); };
  if (!runInChildren({0, 1}, prepare, consume, died)) return 70;
  if (!runInChildren({1, options.everyRow ? rows : options.count}, prepare, consume, died)) return 70;
  report.print(options.rows);
  return report.isGood() ? 0 : 1;
}

}  // namespace

}  // namespace deploytool::testing::generator

int main(int argc, char** argv) {
  using namespace deploytool::testing::generator;
  return mainOf(parse(argc, argv));
}
