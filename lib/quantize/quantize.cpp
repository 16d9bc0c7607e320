#include "quantize/quantize.h"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "ir/verify.h"
#include "onnx/mapped_file.h"
#include "passes/fold_views.h"
#include "passes/pass.h"
#include "passes/rewrite.h"
#include "quantize/plan.h"
#include "quantize/rewriter.h"
#include "quantize/rules.h"
#include "quantize/selection.h"
#include "support/file_io.h"

namespace deploytool::quantize {
namespace {

using ir::Node;
using ir::Value;

// Operators of models that are quantized already.
constexpr std::array kQuantized = {"MatMulInteger",    "ConvInteger",          "QLinearMatMul",      "QLinearConv",
                                   "DequantizeLinear", "DynamicQuantizeLSTM",  "MatMulIntegerToFloat",
                                   "DynamicQuantizeMatMul", "QAttention",      "MatMulNBits"};

bool isQuantized(const Node& node) {
  return std::any_of(kQuantized.begin(), kQuantized.end(), [&](const char* op) { return node.opType == op; });
}

Diagnostic remark(Severity severity, std::string message, std::string help = {}) {
  Diagnostic d = makeError(ExitCode::Done, std::move(message), std::move(help));
  d.severity = severity;
  return d;
}

Status fold(ir::Model& model, runtime::Kernels* kernels) {
  passes::RunOptions how;
  how.kernels = kernels;
  auto runs = passes::runPasses(model, {"initializer-inputs", "dead-code", "identity", "infer-types", "constant-folding"}, how);
  if (!runs) return runs.error();
  return {};
}

/// Nodes to rewrite with the inputs to quantize, in the model's order.
std::vector<std::pair<Node*, std::vector<size_t>>> chosenNodes(ir::Model& model, const Plan& plan) {
  std::vector<std::pair<Node*, std::vector<size_t>>> nodes;
  model.graph.forEachNode([&](Node& node) {
    const Rule* rule = ruleOf(node);
    if (!rule) return;
    std::vector<size_t> chosen;
    for (const size_t input : rule->weights) {
      if (input < node.inputs().size() && plan.isChosen(node.input(input))) chosen.push_back(input);
    }
    if (!chosen.empty()) nodes.emplace_back(&node, std::move(chosen));
  });
  return nodes;
}

/// Takes those of the chosen inputs that are to be float16; the node stays as it is.
void storeFloat16(Node& node, std::vector<size_t>& chosen, Rewriter& rewriter) {
  std::erase_if(chosen, [&](size_t input) {
    if (!rewriter.isFloat16(node.input(input))) return false;
    node.setInput(input, rewriter.throughFloat16(node.input(input)));
    return true;
  });
}

void rewrite(ir::Model& model, const Plan& plan, Rewriter& rewriter) {
  for (auto& [node, chosen] : chosenNodes(model, plan)) {
    rewriter.startAt(*node);
    if (storeFloat16(*node, chosen, rewriter); chosen.empty()) continue;
    ruleOf(*node)->apply(*node, chosen, rewriter);
    const bool unused = std::all_of(node->outputs().begin(), node->outputs().end(), [](Value* v) { return v->isUnused(); });
    if (unused) node->graph().remove(node);
  }
}

/// Order of axes that makes `to` of `from`, which hold the same elements.
std::vector<int64_t> permutation(const ir::Tensor& from, const ir::Tensor& to) {
  std::vector<int64_t> order;
  for (size_t i = 0; i < to.dims().size(); ++i) {
    for (size_t j = 0; j < from.dims().size(); ++j) {
      const auto axis = static_cast<int64_t>(j);
      const bool taken = std::find(order.begin(), order.end(), axis) != order.end();
      if (taken || from.dims()[j] != to.dims()[i] || from.strides()[j] != to.strides()[i]) continue;
      order.push_back(axis);
      break;
    }
  }
  return order;
}

/// Folding made a constant of the transpose of a weight that is read as it is, too: what stays of both in float would
/// be written twice.
void restoreTransposes(ir::Graph& graph) {
  std::vector<Value*> turned, straight;
  for (Value* value : graph.initializers()) {
    if (value->isConstant() && !value->sparse) (value->constant->isContiguous() ? straight : turned).push_back(value);
  }
  for (Value* value : turned) {
    const auto origin = std::find_if(straight.begin(), straight.end(), [&](const Value* other) {
      return sameElements(*value->constant, *other->constant);
    });
    if (origin == straight.end() || graph.nodes().empty()) continue;
    Node* node = graph.addNode("Transpose", {*origin}, 1, {{"perm", permutation(*(*origin)->constant, *value->constant)}},
                               graph.nodes().front().get());
    node->output()->type = value->type;
    node->output()->name = value->name;
    graph.replaceAllUses(value, node->output());
    graph.removeInitializer(value);
  }
}

/// Why there is nothing to do, as well as the model tells.
Diagnostic nothingToDo(ir::Model& model, const Plan& plan) {
  std::map<std::string, int> quantized;
  model.graph.forEachNode([&](Node& node) {
    if (isQuantized(node)) ++quantized[node.opType];
  });
  if (!quantized.empty()) {
    std::string list;
    for (const auto& [op, count] : quantized) list += fmt::format("{}{} {}", list.empty() ? "" : ", ", count, op);
    return remark(Severity::Warning, fmt::format("nothing to quantize: the model is quantized already ({})", list));
  }
  if (plan.weights.empty()) return remark(Severity::Warning, "nothing to quantize: the model has no weights");
  return remark(Severity::Warning, "nothing to quantize: no weight was chosen", "the table says why; --types, --include");
}

}  // namespace

bool needsKernels(ir::Model& model) {
  bool needed = false;
  std::set<const Value*> foldable;  // outputs of nodes on constants, so that chains are seen
  model.graph.forEachNode([&](Node& node) {
    const bool constant = std::all_of(node.inputs().begin(), node.inputs().end(), [&](const Value* v) {
      return !v || passes::constantOf(v) || foldable.count(v);
    });
    const bool any = std::any_of(node.inputs().begin(), node.inputs().end(), [](const Value* v) { return v; });
    if (constant && any && node.domain.empty() && node.subgraphs().empty() && !isQuantized(node) && !passes::isRandom(node)) {
      for (const Value* output : node.outputs()) foldable.insert(output);
      return;
    }
    const Rule* rule = ruleOf(node);
    if (!rule) return;
    for (const size_t input : rule->weights) needed |= foldable.count(node.input(input)) > 0;
  });
  return needed;
}

Result<QuantizeReport> quantizeModel(ir::Model& model, const QuantizeOptions& options, runtime::Kernels* kernels) {
  if (Status checked = checkSelection(options.selection); !checked) return checked.error();
  if (Status folded = fold(model, kernels); !folded) return folded.error();
  Plan plan = makePlan(model, options);
  Rewriter rewriter(model, plan, options);
  const bool some = std::any_of(plan.weights.begin(), plan.weights.end(), [](const Weight& w) { return w.report.quantized; });
  if (!some) {
    QuantizeReport report;
    restoreTransposes(model.graph);
    report.diagnostics.push_back(nothingToDo(model, plan));
    for (Weight& weight : plan.weights) report.weights.push_back(std::move(weight.report));
    for (WeightReport& w : report.weights) w.bytesAfter = w.bytesBefore;
    return report;
  }
  rewrite(model, plan, rewriter);
  if (!rewriter.errors().empty()) {
    Diagnostic error = rewriter.errors().front();
    for (size_t i = 1; i < rewriter.errors().size(); ++i) error.notes.push_back(rewriter.errors()[i].message);
    return error;
  }
  QuantizeReport report;
  for (Weight& weight : plan.weights) {
    if (!weight.report.quantized) weight.report.bytesAfter = weight.report.bytesBefore;
    report.weights.push_back(std::move(weight.report));
  }
  if (auto cleaned = passes::runPasses(model, {"dead-code"}); !cleaned) return cleaned.error();
  restoreTransposes(model.graph);
  return report;
}

namespace {

/// Whether the file leans on others: a copy elsewhere would be broken.
bool hasExternalData(std::span<const std::byte> file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  return text.find("\x0a\x08location") != std::string_view::npos;  // the key of an entry of external_data
}

/// A file that would not become smaller is left as it is, byte for byte.
Result<bool> copyWhereNotSmaller(const onnx_io::ModelSource& source, const onnx_io::OutputTarget& target,
                                 QuantizeReport& report) {
  const auto file = onnx_io::MappedFile::map(source.descriptor, source.name);
  if (!file) return file.error();
  const auto bytes = (*file)->bytes();
  const off_t written = lseek(target.descriptor, 0, SEEK_END);
  const bool some = std::any_of(report.weights.begin(), report.weights.end(), [](const auto& w) { return w.quantized; });
  if (written < 0 || !report.dataFile.empty() || (some && static_cast<size_t>(written) < bytes.size())) return false;
  if (hasExternalData(bytes)) return false;
  const bool copied = lseek(target.descriptor, 0, SEEK_SET) == 0 && ftruncate(target.descriptor, 0) == 0 &&
                      writeAll(target.descriptor, reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!copied) return makeError(ExitCode::Io, "cannot write");
  report.unchanged = true;
  for (WeightReport& w : report.weights) {
    if (!w.quantized) continue;
    w.quantized = false;
    w.reason = "the file would not become smaller";
    w.bytesAfter = w.bytesBefore;
  }
  if (some) report.diagnostics.push_back(remark(Severity::Warning, "quantized, the file would not be smaller: it stays as it is"));
  return true;
}

}  // namespace

Result<std::optional<QuantizeReport>> quantizeToDescriptor(const onnx_io::ModelSource& source,
                                                           const onnx_io::OutputTarget& target, const QuantizeOptions& options,
                                                           runtime::Kernels* kernels, const StageListener& stage) {
  stage("loading");
  auto model = onnx_io::readModel(source);
  if (!model) return model.error();
  if (!kernels && needsKernels(**model)) return std::optional<QuantizeReport>();
  stage("quantizing");
  auto report = quantizeModel(**model, options, kernels);
  if (!report) return report.error();
  if (Diagnostics problems = ir::verify(**model); !problems.empty()) return problems.front();
  stage("writing");
  auto dataFile = onnx_io::writeToTarget(**model, target, options.externalData);
  if (!dataFile) return dataFile.error();
  report->dataFile = std::move(*dataFile);
  if (auto copied = copyWhereNotSmaller(source, target, *report); !copied) return copied.error();
  return std::optional(std::move(*report));
}

}  // namespace deploytool::quantize
