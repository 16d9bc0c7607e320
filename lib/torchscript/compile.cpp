// Compiling TorchScript source; see compile.h.
#include "torchscript/compile.h"

#include <torch/csrc/jit/frontend/sugared_value.h>

#include "torchscript/load.h"
#include "torchscript/missing_schemas.h"

namespace deploytool::ts {

namespace {

constexpr const char* kModuleName = "__torch__.Compiled";

/// `ops`: its attributes are the namespaces of operators (`ops.torchvision.nms`).
struct Operators : torch::jit::SugaredValue {
  std::string kind() const override { return "operators"; }
  std::shared_ptr<SugaredValue> attr(const torch::jit::SourceRange&, torch::jit::GraphFunction&,
                                     const std::string& name) override {
    return std::make_shared<torch::jit::BuiltinModule>(name);
  }
};

/// `torch`, with `torch.ops` as Python has it.
struct Torch : torch::jit::BuiltinModule {
  Torch() : BuiltinModule("aten") {}
  std::shared_ptr<SugaredValue> attr(const torch::jit::SourceRange& place, torch::jit::GraphFunction& function,
                                     const std::string& name) override {
    if (name == "ops") return std::make_shared<Operators>();
    return BuiltinModule::attr(place, function, name);
  }
};

struct Names : torch::jit::NativeResolver {
  std::shared_ptr<torch::jit::SugaredValue> resolveValue(const std::string& name, torch::jit::GraphFunction&,
                                                         const torch::jit::SourceRange&) override {
    if (name == "torch") return std::make_shared<Torch>();
    if (name == "ops") return std::make_shared<Operators>();
    return nullptr;
  }
};

bool isMethods(const std::string& source) {
  torch::jit::Parser parser(std::make_shared<torch::jit::Source>(source, std::string("source.py"), 0));
  const auto def = torch::jit::Def(parser.parseFunction(/*is_method=*/true));
  const auto params = def.decl().params();
  return params.size() > 0 && params[0].ident().name() == "self";
}

/// A method of the module with the body of a free function.
void addAsMethod(torch::jit::Module& module, torch::jit::Function& function) {
  auto graph = torch::jit::toGraphFunction(function).graph()->copy();
  const auto type = module.type();
  graph->insertInput(0, "self")->setType(type);
  const auto& schema = function.getSchema();
  std::vector<c10::Argument> arguments = {c10::Argument("self", type)};
  arguments.insert(arguments.end(), schema.arguments().begin(), schema.arguments().end());
  const c10::QualifiedName name(*type->name(), function.name());
  auto* method = module._ivalue()->compilation_unit()->create_function(name, graph);
  method->setSchema(c10::FunctionSchema(function.name(), "", std::move(arguments), schema.returns()));
  type->addMethod(method);
}

}  // namespace

Result<torch::jit::Module> compileModule(const std::string& source) {
  settleExecutor();
  registerMissingSchemas(source);
  try {
    auto unit = std::make_shared<torch::jit::CompilationUnit>();
    torch::jit::Module module(c10::QualifiedName(kModuleName), unit);
    if (isMethods(source)) {
      module.define(source);
      return module;
    }
    const auto functions =
        unit->define(c10::QualifiedName("__torch__"), source, std::make_shared<Names>(), /*self=*/nullptr);
    for (auto* function : functions) addAsMethod(module, *function);
    return module;
  } catch (const std::exception& error) {
    return makeError(ExitCode::BadInput, "cannot compile: " + exceptionText(error));
  }
}

}  // namespace deploytool::ts
