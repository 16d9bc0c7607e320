// Tables of single-node inference cases, in text: what goes in, what must come out.
//
// INPUT  := '' (left out) | '?' (type unknown) | TYPE | TYPE '{' EXPR, … '}' (elements known) | TYPE '=' NUMBER, …
// (constant) TYPE   := DTYPE (rank unknown) | DTYPE '[' EXPR, … ']' | 'seq(' TYPE ')' | 'opt(' TYPE ')' EXPR   := sums
// of products of integers and symbols, 'floordiv(a, b)', 'min(a, b)', 'max(a, b)'; a symbol that starts
//           with '$' is an integer computed at run time
// Outputs are compared as text(Type), elements after it in braces: `int64[2] {n, 3}`.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace deploytool::ir::test {

using Ints = std::vector<int64_t>;
using Floats = std::vector<float>;

struct InferCase {
  std::string opType;
  std::vector<std::string> inputs;
  std::vector<Attribute> attributes;
  std::vector<std::string> outputs;
  int64_t opset = 13;
  std::string domain = {};
};
using InferTable = std::vector<InferCase>;

const InferTable& elementwiseTable();
const InferTable& shapeTable();
const InferTable& indexingTable();
const InferTable& linearTable();
const InferTable& spatialTable();
const InferTable& reductionTable();
const InferTable& creationTable();
const InferTable& layerTable();
const InferTable& quantizationTable();
const InferTable& sequenceTable();
std::vector<const InferTable*> inferTables();

/// A graph of the case's node and its inputs. Where `values` is given, every symbol is replaced by its value.
struct BuiltCase {
  Graph graph;
  Node* node = nullptr;
};
std::unique_ptr<BuiltCase> build(const InferCase& row, const std::map<std::string, int64_t>* values = nullptr);

Dim parseDim(const std::string& text);
Type parseType(const std::string& text);
/// Type and elements of an output.
std::string describe(const Value& value);
void checkTable(const InferTable& table);

}  // namespace deploytool::ir::test
