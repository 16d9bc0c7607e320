// Entry points of the module libdeploytool_torch: what the core may ask of libtorch. The core finds it with dlopen
// (torchscript/loader.h) and calls through this interface; nothing else of lib/torchscript is visible outside.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "deploytool/quantize.h"
#include "deploytool/status.h"
#include "ir/tensor.h"
#include "runtime/kernels.h"
#include "torchscript/program.h"

namespace deploytool::ts {

/// A file that was opened by someone else, read with pread.
struct InputFile {
  int descriptor = -1;
  std::string name;  ///< for messages
};

struct RunnerOptions {
  int threads = 0;       ///< inside one operator; 0: libtorch's default
  bool float64 = false;  ///< parameters and buffers of floating types as float64, to see how rounding spreads
  /// Quantized operators by another engine than libtorch's choice. An archive without such operators, or a libtorch
  /// without such an engine, is an error.
  bool otherEngine = false;
};

/// Runs a loaded archive as libtorch would (for `verify` and `bench`).
class Runner {
 public:
  virtual ~Runner() = default;
  /// Arguments of a method, without self.
  virtual Result<std::vector<Argument>> arguments(const std::string& method) = 0;
  /// Arguments as TorchScript values; the result too.
  virtual Result<Value> run(const std::string& method, const std::vector<Value>& arguments) = 0;
};

class TorchModule {
 public:
  virtual ~TorchModule() = default;
  virtual std::string version() const = 0;        ///< `1.13.1`
  virtual std::string blasDescription() const = 0;
  virtual Result<LoadedModel> load(const InputFile& file) = 0;
  virtual Result<std::unique_ptr<Runner>> loadRunner(const InputFile& file, const RunnerOptions& options) = 0;
  /// Writes the archive with INT8 weights and dynamically quantized operators to `outputDescriptor`, from its start.
  /// Where nothing is quantized, or the result would be no smaller, the input is copied, and a warning says so.
  virtual Result<QuantizeReport> quantize(const InputFile& file, int outputDescriptor, const QuantizeOptions& options) = 0;
  /// Lets archives load that use an operator which libtorch does not know: its schema (`my::op(Tensor x) -> Tensor`), or
  /// its bare name, for any arguments and one tensor as result. Nothing happens where it is known. Errors: Usage.
  virtual Status declareOperator(const std::string& schema) = 0;
  /// An evaluator without an archive, for tests of single operators.
  virtual std::unique_ptr<Evaluator> evaluator() = 0;
  /// ONNX operators on constants, for constant folding; lives as long as the module.
  virtual runtime::Kernels& kernels() = 0;
  /// Compiles TorchScript source text for tests and `script`: functions (`def f(x): …`), methods over `self`, or classes
  /// as an archive's code has them (`class Model(Module): …`; the root is `Model`, its attributes get example values).
  virtual Result<LoadedModel> compile(const std::string& source) = 0;
  /// The same, to be run.
  /// Not optimised: what the operators themselves give.
  virtual Result<std::unique_ptr<Runner>> compileRunner(const std::string& source) = 0;
};

/// Exported by the module under this name: `extern "C" deploytool::ts::TorchModule* deploytool_torch_module()`.
inline constexpr const char* kModuleEntry = "deploytool_torch_module";
using ModuleEntry = TorchModule* (*)();

}  // namespace deploytool::ts
