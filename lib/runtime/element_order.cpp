// See element_order.h.
#include "runtime/element_order.h"

#include <numeric>
#include <string>

namespace deploytool::runtime {

namespace {

/// Elements of one sequence follow each other, named `name[0]`, `name[1]`, …
struct Sequence {
  size_t first = 0, length = 0;
};

/// `name[0]` begins one; it ends before the next name.
size_t lengthAt(const std::vector<NamedTensor>& outputs, size_t first) {
  const std::string& name = outputs[first].name;
  if (!name.ends_with("[0]")) return 0;
  const std::string stem = name.substr(0, name.size() - 2);
  size_t length = 1;
  while (first + length < outputs.size() && outputs[first + length].name == stem + std::to_string(length) + "]") ++length;
  return length;
}

/// Sequences of one length that follow each other.
size_t countAt(const std::vector<NamedTensor>& outputs, size_t first, size_t length) {
  size_t count = 0;
  while (first + count * length < outputs.size() && lengthAt(outputs, first + count * length) == length) ++count;
  return count;
}

}  // namespace

std::vector<NamedTensor> inElementOrder(std::vector<NamedTensor> outputs, const std::function<bool(size_t, size_t)>& fits) {
  std::vector<size_t> order(outputs.size());
  std::iota(order.begin(), order.end(), size_t{0});
  for (size_t first = 0; first < outputs.size();) {
    const size_t length = lengthAt(outputs, first);
    if (length == 0) {
      ++first;
      continue;
    }
    // How many of the sequences are parts of one list: as many as make the most outputs fit, one if none does.
    size_t parts = 1;
    int64_t best = 0;
    for (size_t count = countAt(outputs, first, length); count > 1; --count) {
      int64_t gain = 0;
      for (size_t i = 0; i < length * count; ++i) {
        const size_t element = i / count, part = i % count;
        gain += fits(first + part * length + element, first + i);
        gain -= fits(first + i, first + i);
      }
      if (gain > best) best = gain, parts = count;
    }
    for (size_t i = 0; i < length * parts; ++i) order[first + i] = first + i % parts * length + i / parts;
    first += length * parts;
  }
  std::vector<NamedTensor> result;
  for (size_t at : order) result.push_back(std::move(outputs[at]));
  return result;
}

}  // namespace deploytool::runtime
