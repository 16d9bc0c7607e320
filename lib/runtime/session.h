// Running a model: the interface that `verify`, `bench` and the tests use. ONNX Runtime is behind it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "deploytool/status.h"
#include "ir/graph.h"

namespace deploytool::runtime {

/// How much of the graph the runtime may rewrite before it runs it.
enum class GraphOptimization { None, Basic, Extended, All };

struct SessionOptions {
  int threads = 0;  ///< inside one operator; 0: as many as the runtime finds sensible
  GraphOptimization optimization = GraphOptimization::All;
};

/// An input or output as the model declares it. Named dims are symbols of that name, unnamed ones fresh symbols. The
/// runtime does not tell an unknown rank from rank 0: both have no dims.
struct Port {
  std::string name;
  ir::Type type;
};

/// What an output held: one tensor, the tensors of a sequence, or nothing (an empty optional).
struct RunValue {
  enum class Kind { Tensor, Sequence, None };
  Kind kind = Kind::Tensor;
  std::vector<ir::Tensor> tensors;  ///< Tensor: exactly one

  static RunValue tensor(ir::Tensor tensor) { return {Kind::Tensor, {std::move(tensor)}}; }
};

/// A loaded model. Not for use by several threads at once.
class Session {
 public:
  virtual ~Session() = default;
  virtual const std::vector<Port>& inputs() const = 0;
  virtual const std::vector<Port>& outputs() const = 0;
  /// One tensor per input, in the model's order; one value per output. Dtypes and dims are checked by the runtime.
  virtual Result<std::vector<RunValue>> run(const std::vector<ir::Tensor>& inputs) = 0;
};

/// Opens an ONNX file. ONNX Runtime follows every path of external data that a model names, so they are checked first:
/// only regular files below the model's folder, without links. Errors: ONNX Runtime is not there (Usage, with how to
/// install it), the file is no valid model or its external data is unsafe (BadInput), an operator or dtype has no kernel
/// (Unsupported).
Result<std::unique_ptr<Session>> openOnnx(const std::string& path, const SessionOptions& options = {});
/// The same from a model in memory (without external data).
Result<std::unique_ptr<Session>> openOnnx(std::span<const std::byte> model, const SessionOptions& options = {});
/// By path and without the checks.
Result<std::unique_ptr<Session>> openTrustedOnnx(const std::string& path, const SessionOptions& options = {});

}  // namespace deploytool::runtime
