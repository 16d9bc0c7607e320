// ONNX Runtime in a process of its own that answers requests: it and libtorch never share a process.
#pragma once

#include <string>
#include <vector>

#include "deploytool/status.h"
#include "ir/tensor.h"

namespace deploytool::testing {

using TensorList = std::vector<ir::Tensor>;

class OnnxServer {
 public:
  /// Forks the server. Must happen before libtorch is loaded.
  OnnxServer();
  ~OnnxServer();
  OnnxServer(const OnnxServer&) = delete;
  OnnxServer& operator=(const OnnxServer&) = delete;

  /// Loads a model and runs it once per list of inputs (in the model's order). A runtime that dies is an error, and a
  /// new one answers the next request.
  Result<std::vector<TensorList>> run(const std::string& model, const std::vector<TensorList>& inputs);

 private:
  int socket_ = -1;
  int process_ = -1;
};

}  // namespace deploytool::testing
