// Inference of If, Loop and Scan from their bodies, and of whole models.
#include "infer_table.h"
#include "ir/infer.h"
#include "tests/catch.h"

namespace deploytool::ir::test {
namespace {

std::unique_ptr<Graph> bodyIn(Graph& outer) {
  auto body = std::make_unique<Graph>();
  body->outer = &outer;
  return body;
}

Node* emit(Graph& graph, SymbolSource& symbols, const char* opType, const std::vector<Value*>& inputs,
           std::vector<Attribute> attributes = {}, size_t outputs = 1) {
  Node* node = graph.addNode(opType, inputs, outputs, Attributes(attributes));
  infer(*node, symbols, 13);
  return node;
}

/// If with one output per pair of values.
Node* addIf(Graph& graph, SymbolSource& symbols, Value* condition, std::unique_ptr<Graph> yes,
            std::unique_ptr<Graph> no, size_t outputs) {
  Node* node = graph.addNode("If", {condition}, outputs);
  node->setAttribute(Attribute("then_branch", std::move(yes)));
  node->setAttribute(Attribute("else_branch", std::move(no)));
  infer(*node, symbols, 13);
  return node;
}

}  // namespace

TEST_CASE("infer: If keeps what both branches agree on") {
  Graph graph;
  SymbolSource symbols;
  Value* condition = graph.addInput("c", parseType("bool[]"));
  Value* x = graph.addInput("x", parseType("f32[n, 3]"));
  Value* y = graph.addInput("y", parseType("f32[m, 3]"));
  auto yes = bodyIn(graph);
  auto no = bodyIn(graph);
  yes->addOutput(emit(*yes, symbols, "Relu", {x})->output());
  no->addOutput(emit(*no, symbols, "Neg", {x})->output());
  yes->addOutput(emit(*yes, symbols, "Relu", {x})->output());
  no->addOutput(emit(*no, symbols, "Relu", {y})->output());
  Value* flat = graph.addInitializer("flat", std::make_shared<Tensor>(Tensor::int64s({-1})));
  yes->addOutput(x);
  no->addOutput(emit(*no, symbols, "Reshape", {x, flat})->output());
  yes->addOutput(emit(*yes, symbols, "Shape", {x})->output());
  no->addOutput(emit(*no, symbols, "Shape", {x})->output());
  Node* node = addIf(graph, symbols, condition, std::move(yes), std::move(no), 4);
  CHECK(describe(*node->output(0)) == "float32[n, 3]");
  CHECK(describe(*node->output(1)) == "float32[?0, 3]");
  CHECK(describe(*node->output(2)) == "float32");
  CHECK(describe(*node->output(3)) == "int64[2] {n, 3}");
}

TEST_CASE("infer: a symbol born in a branch stays inside") {
  Graph graph;
  SymbolSource symbols;
  Value* condition = graph.addInput("c", parseType("bool[]"));
  Value* x = graph.addInput("x", parseType("f32[n]"));
  auto yes = bodyIn(graph);
  Value* found = emit(*yes, symbols, "NonZero", {x})->output();
  yes->addOutput(found);
  const Dim born = found->dims()[1];
  auto no = yes->clone();
  no->outer = &graph;
  Node* node = addIf(graph, symbols, condition, std::move(yes), std::move(no), 1);
  CHECK(node->output()->dims()[0] == Dim(1));
  CHECK(node->output()->dims()[1] != born);
}

TEST_CASE("infer: a symbol from outside may pass through a branch") {
  Graph graph;
  SymbolSource symbols;
  Value* condition = graph.addInput("c", parseType("bool[]"));
  Value* x = graph.addInput("x", parseType("f32[n]"));
  Value* found = emit(graph, symbols, "NonZero", {x})->output();
  auto yes = bodyIn(graph);
  auto no = bodyIn(graph);
  yes->addOutput(emit(*yes, symbols, "Neg", {found})->output());
  no->addOutput(emit(*no, symbols, "Abs", {found})->output());
  Node* node = addIf(graph, symbols, condition, std::move(yes), std::move(no), 1);
  CHECK(node->output()->dims() == found->dims());
}

namespace {

struct LoopParts {
  Graph graph;
  SymbolSource symbols;
  std::unique_ptr<Graph> body = bodyIn(graph);
  Value* iteration = body->addInput("i", parseType("i64[]"));
  Value* condition = body->addInput("go", parseType("bool[]"));

  Node* finish(Value* count, Value* start, const std::vector<Value*>& carried, size_t outputs) {
    std::vector<Value*> inputs{count, start};
    inputs.insert(inputs.end(), carried.begin(), carried.end());
    Node* node = graph.addNode("Loop", inputs, outputs);
    node->setAttribute(Attribute("body", std::move(body)));
    infer(*node, symbols, 13);
    return node;
  }
};

}  // namespace

TEST_CASE("infer: Loop joins what is carried and stacks what is scanned") {
  LoopParts loop;
  Value* count = loop.graph.addInput("count", parseType("i64[]"));
  Value* x = loop.graph.addInput("x", parseType("f32[n, 3]"));
  Value* grown = loop.graph.addInput("grown", parseType("f32[1, 3]"));
  Value* inX = loop.body->addInput("x_in", parseType("f32[n, 3]"));
  Value* inGrown = loop.body->addInput("grown_in", parseType("f32[?90, 3]"));
  loop.body->addOutput(emit(*loop.body, loop.symbols, "Identity", {loop.condition})->output());
  loop.body->addOutput(emit(*loop.body, loop.symbols, "Relu", {inX})->output());
  loop.body->addOutput(emit(*loop.body, loop.symbols, "Concat", {inGrown, inX}, {{"axis", 0}})->output());
  loop.body->addOutput(inGrown);
  loop.body->addOutput(inX);
  Node* node = loop.finish(count, nullptr, {x, grown}, 4);
  CHECK(describe(*node->output(0)) == "float32[n, 3]");
  CHECK(describe(*node->output(1)) == "float32[?0, 3]");
  CHECK(describe(*node->output(2)) == "float32[?1, ?2, 3]");  // ?90 belongs to the body
  CHECK(describe(*node->output(3)) == "float32[?1, n, 3]");
}

TEST_CASE("infer: a Loop that only its trip count ends has as many scan results") {
  for (const char* keeps : {"Identity", "Not"}) {
    LoopParts loop;
    Value* count = loop.graph.addInput("count", parseType("i64[]"));
    count->elements = Dims{parseDim("n")};
    Value* x = loop.graph.addInput("x", parseType("f32[3]"));
    loop.body->addOutput(emit(*loop.body, loop.symbols, keeps, {loop.condition})->output());
    loop.body->addOutput(emit(*loop.body, loop.symbols, "Relu", {x})->output());
    Node* node = loop.finish(count, nullptr, {}, 1);
    CHECK(describe(*node->output(0)) == (std::string(keeps) == "Identity" ? "float32[n, 3]" : "float32[?0, 3]"));
  }
}

TEST_CASE("infer: a sequence that starts empty has the elements the body inserts") {
  LoopParts loop;
  Value* count = loop.graph.addInput("count", parseType("i64[]"));
  Value* x = loop.graph.addInput("x", parseType("f32[n, 3]"));
  Value* empty = emit(loop.graph, loop.symbols, "SequenceEmpty", {})->output();
  Value* list = loop.body->addInput("list", parseType("seq(f32[n, 3])"));
  loop.body->addOutput(emit(*loop.body, loop.symbols, "Identity", {loop.condition})->output());
  loop.body->addOutput(emit(*loop.body, loop.symbols, "SequenceInsert", {list, x})->output());
  Node* node = loop.finish(count, nullptr, {empty}, 1);
  CHECK(describe(*node->output(0)) == "seq(float32[n, 3])");
}

TEST_CASE("infer: Scan takes its length from what it scans") {
  Graph graph;
  SymbolSource symbols;
  Value* state = graph.addInput("state", parseType("f32[4]"));
  Value* xs = graph.addInput("xs", parseType("f32[n, t, 4]"));
  auto body = bodyIn(graph);
  Value* s = body->addInput("s", parseType("f32[4]"));
  Value* x = body->addInput("x", parseType("f32[n, 4]"));
  body->addOutput(emit(*body, symbols, "Neg", {s})->output());
  body->addOutput(emit(*body, symbols, "Add", {s, x})->output());
  Node* node = graph.addNode("Scan", {state, xs}, 2);
  node->setAttribute(Attribute("body", std::move(body)));
  node->setAttribute(Attribute("num_scan_inputs", 1));
  node->setAttribute(Attribute("scan_input_axes", Ints{1}));
  node->setAttribute(Attribute("scan_output_axes", Ints{-1}));
  infer(*node, symbols, 13);
  CHECK(describe(*node->output(0)) == "float32[4]");
  CHECK(describe(*node->output(1)) == "float32[n, 4, t]");
}

// ---- whole models

TEST_CASE("infer: operators without a row leave types alone") {
  Graph graph;
  SymbolSource symbols;
  Value* x = graph.addInput("x", parseType("f32[n]"));
  Node* node = graph.addNode("Whatever", {x}, 1, {}, nullptr, "my.domain");
  node->output()->type = parseType("f32[n, 5]");
  CHECK_FALSE(infer(*node, symbols, 13));
  CHECK(describe(*node->output()) == "float32[n, 5]");
}

TEST_CASE("infer: inferAll keeps what the file says where it is more exact") {
  Model model;
  model.opsets[""] = 13;
  SymbolSource symbols;
  Graph& graph = model.graph;
  Value* x = graph.addInput("x", parseType("f32[n, 3]"));
  Node* found = graph.addNode("NonZero", {x});
  Node* sum = graph.addNode("Relu", {x});
  Node* custom = graph.addNode("Custom", {sum->output()}, 1, {}, nullptr, "my.domain");
  Node* after = graph.addNode("Neg", {custom->output()});
  found->output()->type = parseType("i64[2, found]");
  sum->output()->type = parseType("f32[5, k]");
  custom->output()->type = parseType("f32[7]");
  graph.addOutput(after->output());
  inferAll(model, symbols);
  CHECK(describe(*found->output()) == "int64[2, found]");
  CHECK(describe(*sum->output()) == "float32[5, 3]");
  CHECK(describe(*after->output()) == "float32[7]");
}

TEST_CASE("infer: inferAll keeps the names of a model's outputs") {
  Model model;
  model.opsets[""] = 13;
  SymbolSource symbols;
  Graph& graph = model.graph;
  Value* x = graph.addInput("x", parseType("f32[n, h]"));
  Node* doubled = graph.addNode("Concat", {x, x});
  doubled->setAttribute(Attribute("axis", 0));
  doubled->output()->type = parseType("f32[rows, n]");
  graph.addOutput(doubled->output());
  inferAll(model, symbols);
  CHECK(describe(*doubled->output()) == "float32[rows, h]");  // `n` is an input's and would be wrong
}

TEST_CASE("infer: inferAll makes no symbol that the file uses") {
  Model model;
  model.opsets[""] = 13;
  SymbolSource symbols;
  Value* x = model.graph.addInput("x", parseType("f32[n]"));
  x->type.dims = Dims{Dim::symbol("?3")};
  Node* found = model.graph.addNode("NonZero", {x});
  inferAll(model, symbols);
  CHECK(describe(*found->output()) == "int64[1, ?4]");
}

TEST_CASE("infer: inferAll widens what a Loop changes until it is stable") {
  Model model;
  model.opsets[""] = 13;
  SymbolSource symbols;
  Graph& graph = model.graph;
  Value* count = graph.addInput("count", parseType("i64[]"));
  Value* x = graph.addInput("x", parseType("f32[n, 3]"));
  auto body = bodyIn(graph);
  body->addInput("i", Type());
  Value* go = body->addInput("go", Type());
  Value* carried = body->addInput("carried", Type());
  Value* same = body->addInput("same", Type());
  body->addOutput(body->addNode("Identity", {go})->output());
  Node* grown = body->addNode("Concat", {carried, same});
  grown->setAttribute(Attribute("axis", 0));
  body->addOutput(grown->output());
  Node* kept = body->addNode("Relu", {same});
  body->addOutput(kept->output());
  body->addOutput(kept->output());
  Node* loop = graph.addNode("Loop", {count, nullptr, x, x}, 3);
  loop->setAttribute(Attribute("body", std::move(body)));
  inferAll(model, symbols);
  CHECK(carried->dims()[0] != parseDim("n"));
  CHECK(carried->dims()[1] == Dim(3));
  CHECK(describe(*same) == "float32[n, 3]");
  CHECK(loop->output(0)->dims().size() == 2);
  CHECK(loop->output(0)->dims()[0] != parseDim("n"));
  CHECK(loop->output(0)->dims()[1] == Dim(3));
  CHECK(describe(*loop->output(1)) == "float32[n, 3]");
  CHECK(loop->output(2)->dims().size() == 3);
  CHECK(loop->output(2)->dims()[1] == parseDim("n"));
}

TEST_CASE("infer: a rank that changes in a Loop is not known") {
  Model model;
  model.opsets[""] = 13;
  SymbolSource symbols;
  Graph& graph = model.graph;
  Value* count = graph.addInput("count", parseType("i64[]"));
  Value* x = graph.addInput("x", parseType("f32[n]"));
  Value* axis = graph.addInitializer("axis", std::make_shared<Tensor>(Tensor::int64s({0})));
  auto body = bodyIn(graph);
  body->addInput("i", Type());
  Value* go = body->addInput("go", Type());
  Value* carried = body->addInput("carried", Type());
  body->addOutput(go);
  body->addOutput(body->addNode("Unsqueeze", {carried, axis})->output());
  Node* loop = graph.addNode("Loop", {count, nullptr, x}, 1);
  loop->setAttribute(Attribute("body", std::move(body)));
  inferAll(model, symbols);
  CHECK(describe(*carried) == "float32");
  CHECK(describe(*loop->output()) == "float32");
}

}  // namespace deploytool::ir::test
