// Tensors handed from process to process: bytes in a memfd, descriptions as JSON. Neither side trusts the other.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "deploytool/status.h"
#include "ir/tensor.h"

namespace deploytool::runtime {

/// Made before the fork, so that both processes have the descriptor; only one of them appends.
class TensorStore {
 public:
  static Result<TensorStore> create();

  /// Copies the tensor to the end and returns how to find it: {"dtype", "dims", "offset"} or {"strings", "dims"}.
  Result<nlohmann::ordered_json> append(const ir::Tensor& tensor);
  /// The tensor that `reference` describes, sharing mapped memory. What does not lie inside the store is refused.
  Result<ir::Tensor> read(const nlohmann::ordered_json& reference);

  Result<nlohmann::ordered_json> appendAll(const std::vector<ir::Tensor>& tensors);
  Result<std::vector<ir::Tensor>> readAll(const nlohmann::ordered_json& references);

 private:
  struct Mapping;
  explicit TensorStore(int descriptor);
  Status map();  ///< all of what is there now

  std::shared_ptr<const int> descriptor_;  ///< closes it
  std::shared_ptr<const Mapping> mapping_;
  uint64_t size_ = 0;
};

}  // namespace deploytool::runtime
