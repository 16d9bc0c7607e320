// Random valid single nodes whose dims are partly symbols.
#pragma once

#include <map>
#include <random>

#include "tests/unit/infer_table.h"

namespace deploytool::ir::test {

struct GeneratedCase {
  InferCase row;
  std::map<std::string, int64_t> values;  ///< what the symbols stand for
};

class CaseGenerator {
 public:
  explicit CaseGenerator(uint32_t seed) : random_(seed) {}
  GeneratedCase next();

 private:
  GeneratedCase slice();
  GeneratedCase broadcasting();
  GeneratedCase reshape();
  GeneratedCase convolution();
  GeneratedCase transposedConvolution();
  GeneratedCase pooling();
  GeneratedCase pad();
  GeneratedCase concat();
  GeneratedCase split();
  GeneratedCase gather();
  GeneratedCase reduction();
  GeneratedCase axesOnly();
  GeneratedCase permuted();
  GeneratedCase matrixProduct();
  GeneratedCase repeated();

  int64_t between(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random_); }
  bool chance(int64_t percent) { return between(1, 100) <= percent; }
  Ints sizes(size_t rank, int64_t low, int64_t high);
  Ints draw(size_t count, int64_t low, int64_t high) { return sizes(count, low, high); }
  Ints someAxes(size_t rank);
  /// The size as a number or as a symbol that stands for it; equal sizes may get one symbol.
  std::string dim(GeneratedCase& out, int64_t size);
  std::string tensor(GeneratedCase& out, const Ints& dims, const std::string& dtype = "f32");
  std::string constant(const Ints& values);
  std::string elements(GeneratedCase& out, const Ints& values);

  std::mt19937 random_;
};

}  // namespace deploytool::ir::test
