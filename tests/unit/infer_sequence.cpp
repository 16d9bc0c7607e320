// Inference of sequences and optionals.
#include "infer_table.h"
#include "ir/infer.h"
#include "tests/catch.h"

namespace deploytool::ir::test {

const InferTable& sequenceTable() {
  static const InferTable table = {
      {"SequenceEmpty", {}, {{"dtype", 7}}, {text(parseType("seq(i64)"))}},
      {"SequenceConstruct", {"f32[n, 3]", "f32[n, 3]"}, {}, {text(parseType("seq(f32[n, 3])"))}},
      {"SequenceConstruct", {"f32[n, 3]", "f32[m, 3]"}, {}, {"seq(float32[?0, 3])"}},
      {"SequenceConstruct", {"f32[n, 3]", "f32[m]"}, {}, {"seq(float32)"}},
      {"SequenceInsert", {"seq(f32[n, 3])", "f32[n, 4]"}, {}, {"seq(float32[n, ?0])"}},
      {"SequenceErase", {"seq(f32[n, 3])", "i64[]"}, {}, {"seq(float32[n, 3])"}},
      {"SequenceAt", {"seq(f32[n, 3])", "i64[]"}, {}, {"float32[n, 3]"}},
      {"SequenceLength", {"seq(f32[n, 3])"}, {}, {"int64[]"}},
      {"ConcatFromSequence", {"seq(f32[n, 3])"}, {{"axis", 0}}, {"float32[?0, 3]"}},
      {"ConcatFromSequence", {"seq(f32[n, 3])"}, {{"axis", 1}, {"new_axis", 1}}, {"float32[n, ?0, 3]"}},
      {"ConcatFromSequence", {"seq(f32)"}, {{"axis", 0}}, {"float32"}},
      {"SplitToSequence", {"f32[n, 6]"}, {{"axis", 1}}, {"seq(float32[n, 1])"}},
      {"SplitToSequence", {"f32[n, 6]"}, {{"axis", 1}, {"keepdims", 0}}, {"seq(float32[n])"}},
      {"SplitToSequence", {"f32[n, 6]", "i64[]=3"}, {{"axis", 1}}, {"seq(float32[n, 3])"}},
      {"SplitToSequence", {"f32[n, 6]", "i64[]=4"}, {{"axis", 1}}, {"seq(float32[n, ?0])"}},
      {"Optional", {"f32[n]"}, {}, {text(Type::optional(parseType("f32[n]")))}, 15},
      {"OptionalGetElement", {"opt(f32[n])"}, {}, {"float32[n]"}, 15},
      {"OptionalGetElement", {"f32[n]"}, {}, {"float32[n]"}, 18},
      {"OptionalHasElement", {"opt(f32[n])"}, {}, {"bool[]"}, 15},
  };
  return table;
}

TEST_CASE("infer: sequences and optionals") { checkTable(sequenceTable()); }

TEST_CASE("infer: elements taken from a sequence may differ where their dims are not known") {
  Graph graph;
  SymbolSource symbols;
  Value* a = graph.addInput("a", parseType("f32[n, 3]"));
  Value* b = graph.addInput("b", parseType("f32[m, 3]"));
  Value* at = graph.addInput("at", parseType("i64[]"));
  Node* list = graph.addNode("SequenceConstruct", {a, b});
  infer(*list, symbols, 13);
  Node* first = graph.addNode("SequenceAt", {list->output(), at});
  Node* second = graph.addNode("SequenceAt", {list->output(), at});
  infer(*first, symbols, 13);
  infer(*second, symbols, 13);
  CHECK(first->output()->dims()[0] != second->output()->dims()[0]);
  CHECK(first->output()->dims()[1] == Dim(3));
}

TEST_CASE("infer: a sequence that was just constructed has a known length and sum") {
  Graph graph;
  SymbolSource symbols;
  Value* a = graph.addInput("a", parseType("f32[n, 3]"));
  Value* b = graph.addInput("b", parseType("f32[m, 3]"));
  Node* list = graph.addNode("SequenceConstruct", {a, b});
  infer(*list, symbols, 13);
  Attributes axis;
  axis.emplace_back("axis", 0);
  Node* joined = graph.addNode("ConcatFromSequence", {list->output()}, 1, std::move(axis));
  infer(*joined, symbols, 13);
  CHECK(describe(*joined->output()) == "float32[m + n, 3]");
  Node* length = graph.addNode("SequenceLength", {list->output()});
  infer(*length, symbols, 13);
  CHECK(describe(*length->output()) == "int64[] {2}");
  Node* empty = graph.addNode("SequenceEmpty", {});
  infer(*empty, symbols, 13);
  Node* inserted = graph.addNode("SequenceInsert", {empty->output(), a});
  infer(*inserted, symbols, 13);
  CHECK(describe(*inserted->output()) == "seq(float32[n, 3])");
}

}  // namespace deploytool::ir::test
