// The entry point of the module; see module.h.
#include <fmt/format.h>
#include <link.h>

#include <filesystem>
#include <string_view>
#include <utility>

#include "torchscript/compile.h"
#include "torchscript/evaluator.h"
#include "torchscript/kernels/kernels.h"
#include "torchscript/load.h"
#include "torchscript/missing_schemas.h"
#include "torchscript/module.h"
#include "torchscript/module_reader.h"
#include "torchscript/quantize/quantize.h"
#include "torchscript/runner.h"

namespace deploytool::ts {

namespace {

template <class T>
Result<T> inFile(Result<T> result, const std::string& file) {
  if (!result && result.error().file.empty()) result.error().file = file;
  return result;
}

Result<LoadedModel> toModel(const LoadedArchive& archive) {
  try {
    auto program = buildProgram(archive.module);
    if (!program) return program.error();
    program->archiveVersion = archive.version;
    program->producer = archive.producer;
    program->missingSchemas = archive.missingSchemas;
    LoadedModel model;
    model.program = std::move(*program);
    model.evaluator = makeEvaluator();
    return Result<LoadedModel>(std::move(model));
  } catch (const std::exception& error) {
    return makeError(ExitCode::BadInput, "libtorch cannot read its program: " + exceptionText(error));
  }
}

/// Debian's libtorch calls whatever library the alternatives system has put at this name.
int findBlas(dl_phdr_info* info, size_t, void* found) {
  const std::string_view name = info->dlpi_name;
  if (name.find("/libblas.so") == std::string_view::npos) return 0;
  std::error_code error;
  *static_cast<std::string*>(found) = std::filesystem::canonical(name, error).string();
  return 1;
}

/// The BLAS that runs, not the one that libtorch was built with.
std::string blas() {
  std::string path;
  dl_iterate_phdr(findBlas, &path);
  for (const auto& [part, name] : {std::pair("openblas", "OpenBLAS"), {"mkl", "MKL"}, {"blis", "BLIS"}, {"atlas", "ATLAS"}})
    if (path.find(part) != std::string::npos) return name;
  return path.empty() ? "in libtorch" : "reference BLAS (slow; libopenblas0-pthread is fast)";
}

class TorchModuleImpl final : public TorchModule {
 public:
  std::string version() const override { return TORCH_VERSION; }
  std::string blasDescription() const override { return blas(); }

  Result<LoadedModel> load(const InputFile& file) override {
    auto archive = loadArchive(file);
    if (!archive) return inFile(Result<LoadedModel>(archive.error()), file.name);
    return inFile(toModel(*archive), file.name);
  }

  Result<std::unique_ptr<Runner>> loadRunner(const InputFile& file, const RunnerOptions& options) override {
    if (Status chosen = options.otherEngine ? selectOtherEngine() : Status(); !chosen) return chosen.error();
    auto archive = loadArchive(file);
    if (!archive) return inFile(Result<std::unique_ptr<Runner>>(archive.error()), file.name);
    if (options.otherEngine && !usesQuantizedEngine(archive->module))
      return makeError(ExitCode::Unsupported, file.name + ": it has no quantized operators");
    return inFile(makeRunner(std::move(archive->module), options), file.name);
  }

  Result<QuantizeReport> quantize(const InputFile& file, int outputDescriptor, const QuantizeOptions& options) override {
    return inFile(quantizeArchive(file, outputDescriptor, options), file.name);
  }

  std::unique_ptr<Evaluator> evaluator() override { return makeEvaluator(); }
  Status declareOperator(const std::string& schema) override { return ts::declareOperator(schema); }

  runtime::Kernels& kernels() override { return atenKernels(); }

  Result<LoadedModel> compile(const std::string& source) override {
    auto module = compileModule(source);
    if (!module) return module.error();
    return toModel(LoadedArchive{*module, 0, {}, {}});
  }

  Result<std::unique_ptr<Runner>> compileRunner(const std::string& source) override {
    auto module = compileModule(source);
    if (!module) return module.error();
    return makeRunner(std::move(*module), {}, false);
  }
};

}  // namespace

}  // namespace deploytool::ts

extern "C" __attribute__((visibility("default"))) deploytool::ts::TorchModule* deploytool_torch_module() {
  static deploytool::ts::TorchModuleImpl module;
  return &module;
}
