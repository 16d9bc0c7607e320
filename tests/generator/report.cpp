// Counting what came of random modules (report.h).
#include "tests/generator/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <sstream>
#include <tuple>

namespace deploytool::testing::generator {

namespace {

constexpr double kMostRefused = 0.03, kMostEmpty = 0.03, kMostUnstable = 0.01;  ///< of all modules

std::vector<std::string> wordsOf(const std::string& text) {
  std::istringstream words(text);
  std::vector<std::string> result;
  for (std::string word; words >> word;) result.push_back(word);
  return result;
}

}  // namespace

std::string reasonOf(const std::string& detail) {
  std::string reason;
  for (char c : detail) {
    if (std::isdigit(static_cast<unsigned char>(c))) c = '#';
    if (c != '#' || reason.empty() || reason.back() != '#') reason += c;
  }
  return reason.substr(0, reason.find('\n'));
}

std::string Outcome::encoded() const {
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", static_cast<int>(kind), reason, fmt::join(rows, " "), fmt::join(lowered, " "),
                     fmt::join(withoutKernel, " "), wrong);
}

Outcome Outcome::decode(const std::string& text) {
  std::istringstream lines(text);
  std::string kind, rows, lowered, without;
  Outcome result;
  std::getline(lines, kind), std::getline(lines, result.reason), std::getline(lines, rows), std::getline(lines, lowered);
  std::getline(lines, without);
  result.kind = static_cast<Verdict::Kind>(std::stoi(kind));
  result.rows = wordsOf(rows), result.lowered = wordsOf(lowered), result.withoutKernel = wordsOf(without);
  std::getline(lines, result.wrong, '\0');
  return result;
}

void Report::expect(const std::vector<std::string>& rows, const std::string& others) {
  others_ = others;
  for (const std::string& row : rows) uses_[row];
}

void Report::add(const Outcome& outcome) {
  withoutKernel_.insert(outcome.withoutKernel.begin(), outcome.withoutKernel.end());
  if (outcome.rows.empty()) {
    ++empty_;
    return;
  }
  ++kinds_[outcome.kind];
  if (!outcome.reason.empty()) ++reasons_[{outcome.kind, outcome.reason}];
  if (Verdict{outcome.kind, {}, {}}.isCompared()) {
    for (const std::string& row : outcome.rows) ++uses_[row].calls;
    for (const std::string& row : outcome.lowered) ++uses_[row].lowered;
  }
  if (!outcome.wrong.empty()) wrong_.push_back(outcome.wrong);
}

void Report::addCrash(size_t number, const std::string& cause) {
  const bool isOurs = cause.find(std::string(" in ") + kExporting) != std::string::npos;
  (isOurs ? wrong_ : crashes_).push_back(fmt::format("module {}: {}", number, cause));
}

bool Report::isGood() const {
  return wrong_.empty() && isWithin(Verdict::Refused, kMostRefused) && isWithin(Verdict::Empty, kMostEmpty) &&
         isWithin(Verdict::Unstable, kMostUnstable) && below(least_).empty();
}

size_t Report::all() const {
  size_t count = crashes_.size();
  for (const auto& kind : kinds_) count += kind.second;
  return count;
}

/// Some are always allowed, so that a few modules can be run alone.
bool Report::isWithin(Verdict::Kind kind, double share) const {
  const auto found = kinds_.find(kind);
  return found == kinds_.end() || found->second <= 5 || static_cast<double>(found->second) <= share * static_cast<double>(all());
}

std::vector<std::string> Report::below(size_t calls) const {
  std::vector<std::string> rows;
  for (const auto& [row, uses] : uses_)
    if (uses.calls < calls && (uses.calls > 0 || !withoutKernel_.count(row))) rows.push_back(row);
  return rows;
}

void Report::print(bool rows) const {
  printKinds();
  printRows(rows);
  for (const std::string& text : crashes_) fmt::print("libtorch crashes: {}\n", text);
  for (const std::string& text : wrong_) fmt::print("{}\n", text);
}

void Report::printKinds() const {
  fmt::print("modules {}", all());
  for (const auto& [kind, count] : kinds_) fmt::print(", {} {}", name(kind), count);
  fmt::print(", crashes of libtorch {}, without a call {}\n", crashes_.size(), empty_);
  std::vector<std::tuple<Verdict::Kind, size_t, std::string>> reasons;
  for (const auto& [reason, count] : reasons_) reasons.emplace_back(reason.first, count, reason.second);
  std::sort(reasons.rbegin(), reasons.rend());
  for (const auto& [kind, count, reason] : reasons) fmt::print("  {} {:4} {}\n", name(kind), count, reason);
}

void Report::printRows(bool each) const {
  std::vector<size_t> counts;
  size_t calls = 0, lowered = 0, folded = 0;
  for (const auto& [row, uses] : uses_) {
    counts.push_back(uses.calls);
    calls += uses.calls, lowered += uses.lowered, folded += uses.lowered == 0;
  }
  std::sort(counts.begin(), counts.end());
  const size_t last = counts.size() - 1;
  fmt::print("rows {}, calls {} (each on {} sets of inputs), by row least {}, median {}, most {}\n", counts.size(), calls, kSets,
             counts.empty() ? 0 : counts[0], counts.empty() ? 0 : counts[last / 2], counts.empty() ? 0 : counts[last]);
  fmt::print("calls lowered by their own row {}; rows whose calls were all folded, or lowered by another row, {}\n", lowered, folded);
  fmt::print("rows without a kernel in this libtorch: {}\n", fmt::join(withoutKernel_, " "));
  if (each || least_ > 0) fmt::print("rows of no module, and why:\n{}", others_);
  if (const auto few = below(least_); !few.empty()) fmt::print("rows with fewer than {} calls: {}\n", least_, fmt::join(few, " "));
  if (each)
    for (const auto& [row, uses] : uses_) fmt::print("  {:6} {:6} {}\n", uses.calls, uses.lowered, row);
}

}  // namespace deploytool::testing::generator
