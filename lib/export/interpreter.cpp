// The walk: calls, blocks, nodes, and what is said about them.
#include "export/interpreter.h"

#include <fmt/core.h>

#include <algorithm>

#include "export/contradiction.h"
#include "export/static_value.h"

namespace deploytool::exporter {

namespace {

constexpr size_t kMaxCallDepth = 400;

/// Keeps a stack balanced when a walk is left by an exception.
template <class Stack, class Item>
class Pushed {
 public:
  Pushed(Stack& stack, Item item) : stack_(stack) { stack_.push_back(item); }
  ~Pushed() { stack_.pop_back(); }
  Pushed(const Pushed&) = delete;
  Pushed& operator=(const Pushed&) = delete;

 private:
  Stack& stack_;
};

/// For an operator of another library.
std::string wayOut(const ts::Node& node) {
  if (!node.schema || findRow(*node.schema)) return {};
  const std::string& name = node.schema->name;
  if (name.starts_with("aten::") || name.starts_with("prim::") || name.starts_with("quantized::")) return {};
  return fmt::format("its schema is {}; --custom-op '{}=my.domain::Op' makes it a node of your own", ts::text(*node.schema), name);
}

}  // namespace

Interpreter::Interpreter(const ts::Program& program, ts::Evaluator& evaluator, Builder& builder,
                         InterpreterOptions options)
    : program_(program), evaluator_(evaluator), builder_(builder), options_(options) {}

Value Interpreter::call(const ts::Function& function, std::vector<Value> arguments) {
  if (frames_.size() >= kMaxCallDepth) throw Refusal{fmt::format("{} calls itself too deeply", function.name)};
  Frame frame{&function, std::vector<Value>(static_cast<size_t>(function.valueCount))};
  Pushed<std::vector<Frame*>, Frame*> pushed(frames_, &frame);
  for (size_t i = 0; i < function.body.inputs.size() && i < arguments.size(); ++i)
    frame.slots.at(static_cast<size_t>(function.body.inputs[i])) = std::move(arguments[i]);
  runBlock(function.body);
  if (function.body.outputs.empty()) return None{};
  if (function.body.outputs.size() == 1) return slot(function.body.outputs[0]);
  auto tuple = std::make_shared<TupleValue>();
  for (ts::ValueId id : function.body.outputs) tuple->items.push_back(slot(id));
  return tuple;
}

void Interpreter::runBlock(const ts::Block& block) {
  for (const ts::Node& node : block.nodes) runNode(node);
}

void Interpreter::runNode(const ts::Node& node) {
  Pushed<std::vector<const ts::Node*>, const ts::Node*> pushed(stack_, &node);
  try {
    if (auto it = handlers().find(node.kind); it != handlers().end()) return it->second(*this, node);
    if (anyPoison(node)) return poisonOutputs(node);
    if (!node.schema) throw Refusal{fmt::format("{} is not supported", node.kind)};
    runOperator(node);
  } catch (const Refusal& refusal) {
    const std::string name = node.schema ? node.schema->key() : node.kind;
    refuse(refusal.reason.starts_with(name) ? refusal.reason : name + ": " + refusal.reason, wayOut(node));
    poisonOutputs(node);
  } catch (const Contradiction& found) {
    throw Raised{(node.schema ? node.schema->key() : node.kind) + ": " + found.what, places()};
  } catch (Raised& raised) {
    if (raised.places.empty()) raised.places = places();
    throw;
  }
}

void Interpreter::runOperator(const ts::Node& node) {
  const Builder::Mark mark = builder_.mark();
  const Heap::Mark heap = heap_.mark();
  try {
    bindOutputs(node, apply(*node.schema, inputsOf(node)));
  } catch (const Refusal& refusal) {
    heap_.rollback(heap);  // views that were derived again hold nodes that go
    builder_.rollback(mark);
    if (!runDecided(node, refusal)) throw;
  }
}

std::vector<Value> Interpreter::inputsOf(const ts::Node& node) {
  std::vector<Value> values;
  values.reserve(node.inputs.size());
  for (ts::ValueId id : node.inputs) values.push_back(decisions_.of(slot(id)));
  return values;
}

void Interpreter::bindOutputs(const ts::Node& node, Results results) {
  if (node.outputs.size() == 1 && results.size() > 1) {  // several returns packed into one tuple
    auto tuple = std::make_shared<TupleValue>();
    tuple->items = std::move(results);
    slot(node.outputs[0]) = tuple;
    return;
  }
  for (size_t i = 0; i < node.outputs.size(); ++i) slot(node.outputs[i]) = i < results.size() ? results[i] : Value();
}

void Interpreter::poisonOutputs(const ts::Node& node) {
  for (ts::ValueId id : node.outputs) slot(id) = Poison{};
}

bool Interpreter::consumesPoison(const Value& value) {
  if (const auto* poison = value.as<Poison>()) {
    if (poison->reason && !poison->reason->empty()) {
      refuse(*poison->reason);
      poison->reason->clear();
    }
    return true;
  }
  const auto any = [&](const std::vector<Value>& items) {
    return std::any_of(items.begin(), items.end(), [&](const Value& item) { return consumesPoison(item); });
  };
  if (const auto* tuple = value.as<std::shared_ptr<TupleValue>>()) return any((*tuple)->items);
  if (const auto* list = value.as<std::shared_ptr<ListValue>>()) return any((*list)->items);
  return false;
}

bool Interpreter::anyPoison(const ts::Node& node) {
  bool found = false;
  for (ts::ValueId id : node.inputs) found = consumesPoison(slot(id)) || found;
  return found;
}

// ---- messages -----------------------------------------------------------------------------------------------------

std::vector<std::string> Interpreter::places() const {
  std::vector<std::string> result;
  for (auto it = stack_.rbegin(); it != stack_.rend(); ++it) {
    const std::string text = (*it)->location.text();
    if (!text.empty() && (result.empty() || result.back() != text)) result.push_back(text);
  }
  return result;
}

std::string Interpreter::here() const {
  const auto all = places();
  return all.empty() ? std::string("?") : all.front();
}

void Interpreter::refuse(const std::string& what, const std::string& help) {
  if (!said_.insert("refusal " + what + here()).second) return;
  Diagnostic diagnostic = makeError(ExitCode::Unsupported, what, help);
  diagnostic.places = places();
  report_.refusals.push_back(std::move(diagnostic));
}

void Interpreter::note(std::string text) {
  if (said_.insert("note " + text).second) report_.notes.push_back(std::move(text));
}

void Interpreter::assume(const std::string& text) {
  if (said_.insert("assume " + text).second) report_.assumptions.push_back(text);
}

void Interpreter::assumeHere(const std::string& what) { assume(fmt::format("assumes {} at {}", what, here())); }

int64_t Interpreter::exampleSize(const Dim& dim, std::string_view what) {
  const auto size = dim.evaluate([&](const std::string& symbol) -> std::optional<int64_t> {
    auto it = examples_.find(symbol);
    return it == examples_.end() ? std::nullopt : std::optional(it->second);
  });
  if (!size) throw Refusal{fmt::format("{} is decided at run time ({})", what, dim.text())};
  if (options_.strictDims)
    throw Refusal{fmt::format("{} depends on the dynamic axis size {} (--strict-dims)", what, dim.text())};
  assume(fmt::format("assumes {} = {}, as in the example (in general {}), at {}", what, *size, dim.text(), here()));
  return *size;
}

std::vector<std::string> Interpreter::changedState() const {
  std::vector<std::string> names(changedAttributes_.begin(), changedAttributes_.end());
  for (const auto& [cell, original] : stateCells_)
    if (!(cell->content == original)) names.push_back(cell->state);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace deploytool::exporter
