// Collecting facts about a program by walking its functions and its module tree.
#include "export/describe.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "export/coverage.h"
#include "export/signature.h"
#include "support/diagnostics.h"

namespace deploytool::exporter {

namespace {

using Json = nlohmann::ordered_json;

struct Facts {
  std::map<std::string, size_t> operators;  // by overload
  size_t ifs = 0;
  size_t loops = 0;
};

void visit(const ts::Block& block, Facts& facts) {
  for (const ts::Node& node : block.nodes) {
    if (node.schema) ++facts.operators[node.schema->key()];
    facts.ifs += node.kind == "prim::If";
    facts.loops += node.kind == "prim::Loop";
    for (const ts::Block& inner : node.blocks) visit(inner, facts);
  }
}

Facts factsOf(const ts::Program& program) {
  Facts facts;
  for (const auto& [name, function] : program.functions) visit(function->body, facts);
  return facts;
}

struct Parameters {
  Json list = Json::array();
  uint64_t elements = 0;
  uint64_t bytes = 0;
};

class ParameterWalk {
 public:
  explicit ParameterWalk(const ts::Program& program) : program_(program) {}

  Parameters run() {
    visit(*program_.root, "");
    return std::move(out_);
  }

 private:
  void visit(const ts::Object& object, const std::string& prefix) {
    if (!seen_.insert(&object).second) return;
    const auto info = program_.classes.find(object.typeName);
    for (const auto& [name, value] : object.attributes) {
      if (const auto* child = std::get_if<std::shared_ptr<ts::Object>>(&value.data)) {
        if (*child) visit(**child, prefix + name + ".");
      } else if (const auto* tensor = std::get_if<ir::TensorPtr>(&value.data)) {
        if (*tensor && info != program_.classes.end()) add(prefix + name, roleOf(info->second, name), **tensor);
      }
    }
  }

  static std::string roleOf(const ts::ClassInfo& info, const std::string& name) {
    const auto holds = [&](const std::vector<std::string>& names) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    return holds(info.parameters) ? "parameter" : holds(info.buffers) ? "buffer" : "attribute";
  }

  void add(const std::string& name, const std::string& role, const ir::Tensor& tensor) {
    out_.list.push_back(
        {{"name", name}, {"role", role}, {"dtype", ir::dtypeName(tensor.dtype())}, {"dims", tensor.dims()}});
    if (role != "parameter") return;
    out_.elements += static_cast<uint64_t>(tensor.numel());
    out_.bytes += static_cast<uint64_t>(tensor.byteSize());
  }

  const ts::Program& program_;
  std::set<const ts::Object*> seen_;
  Parameters out_;
};

Json methodsOf(const ts::Program& program, const std::string& modelPath) {
  Json out = Json::array();
  for (const std::string& name : program.methods) {
    const ts::Function* function = program.method(*program.root, name);
    if (!function) continue;
    out.push_back({{"name", name},
                   {"signature", signatureText(*function)},
                   {"inputs", suggestedInputs(*function)},
                   {"command", suggestedCommand(*function, modelPath, name)}});
  }
  return out;
}

Json missingOperators(const ts::Program& program) {
  Json out = Json::array();
  for (const MissingOperator& missing : operatorsWithoutLowering(program))
    out.push_back({{"name", missing.name}, {"count", missing.count}, {"reason", missing.reason}, {"places", missing.places}});
  return out;
}

}  // namespace

Diagnostic tracedRemark(const std::string& file) {
  return makeNote("recorded by torch.jit.trace: of branches and loops in the Python source, only what the example did is "
                  "in it",
                  file);
}

Json describe(const ts::Program& program, const std::string& modelPath) {
  const Facts facts = factsOf(program);
  Parameters parameters = ParameterWalk(program).run();
  Json operators = Json::array();
  for (const auto& [key, count] : facts.operators) operators.push_back({{"name", key}, {"count", count}});
  return {{"format", "torchscript"},
          {"class", program.root->typeName},
          {"kind", program.traced ? "traced" : "scripted"},
          {"archive_version", program.archiveVersion},
          {"methods", methodsOf(program, modelPath)},
          {"operators", operators},
          {"without_lowering", missingOperators(program)},
          {"control_flow", {{"if", facts.ifs}, {"loop", facts.loops}}},
          {"missing_schemas", program.missingSchemas},
          {"parameter_count", parameters.elements},
          {"parameter_bytes", parameters.bytes},
          {"tensors", std::move(parameters.list)}};
}

}  // namespace deploytool::exporter
