#include "export/export.h"

#include <fmt/core.h>

#include "export/arguments.h"
#include "export/complex.h"
#include "export/contradiction.h"
#include "export/interpreter.h"
#include "export/recorded_sizes.h"
#include "export/results.h"
#include "export/signature.h"

namespace deploytool::exporter {

namespace {

constexpr int64_t kFirstOpset = 13;
constexpr int64_t kLastOpset = 18;

int64_t irVersionFor(int64_t opset) { return opset >= 15 ? 8 : 7; }

Diagnostic raises(std::string message, const std::vector<std::string>& places) {
  const std::string place = places.empty() ? "" : " (" + places.front() + ")";  // said by the places
  if (message.ends_with(place)) message.resize(message.size() - place.size());
  Diagnostic error = makeError(ExitCode::Usage, "the model raises with these inputs: " + message,
                               "check the dtypes and dims given with --input");
  error.places = places;
  return error;
}

ExportFailure failure(Diagnostic error) {
  ExportFailure result;
  result.errors.push_back(std::move(error));
  return result;
}

void dropUnusedInputs(ir::Graph& graph) {
  const std::vector<ir::Value*> inputs = graph.inputs();
  for (ir::Value* input : inputs)
    if (input->uses().empty() && !input->isGraphOutput()) graph.removeInput(input);
}

ExportFailure refusals(const WalkReport& report) {
  ExportFailure result;
  result.errors = report.refusals;
  result.notes = report.notes;
  return result;
}

}  // namespace

Status checkOpset(int64_t opset) {
  if (opset >= kFirstOpset && opset <= kLastOpset) return {};
  return makeError(ExitCode::Usage, fmt::format("opset {} is not supported", opset),
                   fmt::format("--opset takes {} to {}", kFirstOpset, kLastOpset));
}

ExportResult exportProgram(const ts::LoadedModel& loaded, const ExportRequest& request) {
  if (Status known = checkOpset(request.opset); !known) return failure(known.error());
  const ts::Program& program = loaded.program;
  const ts::Function* method = program.method(*program.root, request.method);
  if (!method) return failure(makeError(ExitCode::Usage, fmt::format("the model has no method '{}'", request.method)));

  ExportOutcome outcome;
  outcome.model = std::make_unique<ir::Model>();
  outcome.model->graph.name = "main_graph";
  outcome.model->producerName = "deploytool";
  outcome.model->opsets[""] = request.opset;
  outcome.model->irVersion = irVersionFor(request.opset);
  ir::SymbolSource symbols;
  Builder builder(outcome.model->graph, request.opset, symbols);
  Interpreter interpreter(program, *loaded.evaluator, builder, {request.unrollLimit, request.strictDims, request.customOps});

  auto arguments = makeArguments(interpreter, *method, request.inputs);
  if (!arguments) return failure(arguments.error());
  ts::Value root{program.root};
  arguments->insert(arguments->begin(), interpreter.fromProgram(root));
  try {
    const Value result = interpreter.call(*method, std::move(*arguments));
    if (interpreter.hasPoison(result) && interpreter.report().refusals.empty())
      interpreter.refuse("the result depends on something that is not supported");
    if (!interpreter.report().refusals.empty()) return refusals(interpreter.report());
    if (Status status = makeOutputs(interpreter, result, request.outputNames, request.outputAxes); !status)
      return failure(status.error());
  } catch (const Raised& raised) {
    if (!interpreter.report().refusals.empty()) return refusals(interpreter.report());
    return failure(raises(raised.message, raised.places));
  } catch (const Contradiction& found) {
    return failure(raises(found.what, {}));
  } catch (const Refusal& refusal) {
    return failure(makeError(ExitCode::Unsupported, refusal.reason));
  }
  if (!removeComplexNodes(outcome.model->graph))
    return failure(makeError(ExitCode::Unsupported, "a complex tensor is an output, or in a list that a loop grows",
                             "return torch.view_as_real of it: ONNX has no operators for complex tensors"));
  if (request.dropUnusedInputs) dropUnusedInputs(outcome.model->graph);
  outcome.assumptions = interpreter.report().assumptions;
  for (std::string& text : recordedSizes(program, request.inputs)) outcome.assumptions.push_back(std::move(text));
  outcome.notes = interpreter.report().notes;
  outcome.rows = interpreter.report().rows;
  for (const auto& [domain, version] : interpreter.customDomains()) outcome.model->opsets[domain] = version;
  for (const std::string& name : interpreter.changedState())
    outcome.notes.push_back(fmt::format("state not kept: {} is changed by {}", name, request.method));
  return outcome;
}

}  // namespace deploytool::exporter
