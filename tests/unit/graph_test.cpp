// The graph form: exact uses, subgraphs, removal while walking, undoing, cloning.
#include "ir/graph.h"

#include "tests/catch.h"

namespace deploytool::ir {
namespace {

const Type kFloat = Type::tensor(DType::Float32, Dims{2});

// x -> Relu -> r;  If(c) { then: Neg(r) } { else: r itself };  outputs: the If's.
struct Branching {
  Graph graph;
  Value* x = graph.addInput("x", kFloat);
  Value* c = graph.addInput("c", Type::tensor(DType::Bool, Dims{}));
  Node* relu = graph.addNode("Relu", {x});
  Graph* thenGraph = nullptr;
  Graph* elseGraph = nullptr;
  Node* branch = nullptr;

  Branching() {
    auto yes = std::make_unique<Graph>(), no = std::make_unique<Graph>();
    thenGraph = yes.get();
    elseGraph = no.get();
    yes->outer = no->outer = &graph;
    yes->addOutput(yes->addNode("Neg", {relu->output()})->output());
    no->addOutput(relu->output());
    Attributes attributes;
    attributes.emplace_back("then_branch", std::move(yes));
    attributes.emplace_back("else_branch", std::move(no));
    branch = graph.addNode("If", {c}, 1, std::move(attributes));
    graph.addOutput(branch->output());
  }
};

TEST_CASE("graphs: uses are tracked into subgraphs") {
  Branching b;
  CHECK(b.thenGraph->owner == b.branch);
  CHECK(b.thenGraph->parent() == &b.graph);
  CHECK(b.thenGraph->isInside(b.graph));
  CHECK(b.relu->output()->uses().size() == 1);
  CHECK(b.relu->output()->isGraphOutput());  // passed on by the else branch
  CHECK(b.branch->output()->isGraphOutput());

  Value* other = b.graph.addNode("Abs", {b.x}, 1, {}, b.branch)->output();
  b.graph.replaceAllUses(b.relu->output(), other);
  CHECK(b.relu->output()->isUnused());
  CHECK(b.elseGraph->outputs()[0] == other);
  CHECK(b.thenGraph->nodes().front()->input(0) == other);
  b.graph.remove(b.relu);
  CHECK(b.x->uses().size() == 1);

  b.graph.clearOutputs();
  b.graph.remove(b.branch);
  CHECK(other->isUnused());
  CHECK(b.c->isUnused());
}

TEST_CASE("graphs: inputs of a node") {
  Graph graph;
  Value* x = graph.addInput("x", kFloat);
  Node* node = graph.addNode("Clip", {x, nullptr, x});
  CHECK(x->uses().size() == 2);
  node->setInput(0, nullptr);
  CHECK(x->uses().size() == 1);
  CHECK(x->uses()[0].input == 2);
  node->setInput(4, x);
  CHECK(node->inputs().size() == 5);
  node->setInputs({x});
  CHECK(node->inputs().size() == 1);
  CHECK(x->uses().size() == 1);
}

TEST_CASE("graphs: undoing what was emitted") {
  Graph graph;
  Value* x = graph.addInput("x", kFloat);
  Node* keep = graph.addNode("Relu", {x});
  Value* y = keep->output();
  for (int n = 0; n < 100; ++n) y = graph.addNode("Add", {y, keep->output()})->output();
  graph.truncate(keep);
  CHECK(graph.nodeCount() == 1);
  CHECK(keep->output()->isUnused());
  graph.truncate(nullptr);
  CHECK(x->isUnused());
}

TEST_CASE("graphs: nodes may go while they are visited") {
  Branching b;
  for (int n = 0; n < 3; ++n) b.graph.addNode("Identity", {b.x});
  std::vector<std::string> seen;
  b.graph.forEachNode([&](Node& node) {
    seen.push_back(node.opType);
    if (node.opType == "Identity") {
      Node* next = node.next();
      if (next) node.graph().remove(next);
      node.graph().remove(&node);
    } else if (node.opType == "If") {
      node.graph().clearOutputs();
      node.graph().remove(&node);
    }
  });
  CHECK(seen == std::vector<std::string>{"Relu", "If", "Identity", "Identity"});
  CHECK(b.graph.nodeCount() == 1);
}

TEST_CASE("graphs: subgraphs are visited after their node") {
  Branching b;
  std::vector<std::string> seen;
  b.graph.forEachNode([&](Node& node) { seen.push_back(node.opType); });
  CHECK(seen == std::vector<std::string>{"Relu", "If", "Neg"});
}

TEST_CASE("graphs: a node moves into the graph around") {
  Branching b;
  Node* neg = b.thenGraph->nodes().front().get();
  b.thenGraph->moveBefore(neg, b.branch);
  CHECK(&neg->graph() == &b.graph);
  CHECK(&neg->output()->graph() == &b.graph);
  CHECK(neg->next() == b.branch);
  CHECK(b.thenGraph->nodeCount() == 0);
  CHECK(neg->output()->isGraphOutput());
  b.graph.replaceAllUses(b.branch->output(), neg->output());
  b.graph.remove(b.branch);
  CHECK(b.graph.outputs()[0] == neg->output());
}

TEST_CASE("graphs: clones share only outer values") {
  Branching b;
  Value* w = b.graph.addInitializer("w", std::make_shared<Tensor>(Tensor::float32(1)));
  b.relu->setInputs({w});
  std::map<const Value*, Value*> map;
  const auto copy = b.graph.clone(&map);
  CHECK(w->uses().size() == 1);
  CHECK(map.at(w)->uses().size() == 1);
  CHECK(map.at(w)->constant == w->constant);
  const Node* branch = copy->nodes().back().get();
  const Graph* yes = branch->subgraphs()[0];
  CHECK(yes->nodes().front()->input(0) == copy->nodes().front()->output());
  CHECK(yes->parent() == copy.get());

  const auto part = b.thenGraph->clone();
  CHECK(part->parent() == &b.graph);
  CHECK(b.relu->output()->uses().size() == 2);
}

TEST_CASE("graphs: initializers that callers may override") {
  Graph graph;
  Value* x = graph.addInput("x", kFloat);
  graph.setDefault(x, std::make_shared<Tensor>(Tensor::full(DType::Float32, {2}, 0)));
  CHECK_FALSE(x->isConstant());
  CHECK(graph.initializers().size() == 1);
  graph.dropFromInputs(x);
  CHECK(x->isConstant());
  CHECK(graph.inputs().empty());
  graph.removeInitializer(x);
  CHECK(graph.initializers().empty());
}

}  // namespace
}  // namespace deploytool::ir
