// Steps that the rules share: integers of a weight, integers of an activation, nodes in place of a node.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "deploytool/quantize.h"
#include "ir/graph.h"
#include "quantize/integers.h"
#include "quantize/plan.h"

namespace deploytool::quantize {

/// A weight as initializers of its integers, scale and zero point.
struct QuantizedWeight {
  ir::Value* integers = nullptr;
  ir::Value* scale = nullptr;
  ir::Value* zeroPoint = nullptr;
  bool symmetric = true;  ///< all zero points are the middle of the integers
};

/// How scales lie in a weight and how they are written down.
struct WeightLayout {
  std::vector<int64_t> groupAxes;          ///< used when scales are per channel
  std::vector<int64_t> perChannelDims;     ///< of scale and zero point per channel
  std::vector<int64_t> perTensorGroups;    ///< used when they are per tensor: a recurrent layer's directions
  std::vector<int64_t> perTensorDims;
  bool scalarZeroPoint = false;            ///< symmetric zero points are written as one scalar
  float factor = 1;                        ///< multiplies the scales (a Gemm's alpha)
  bool asUnsigned = false;                 ///< the operator takes uint8 only
  bool forceSymmetric = false;             ///< the operator takes no zero points per channel
};

struct QuantizedActivation {
  ir::Value* integers = nullptr;
  ir::Value* scale = nullptr;
  ir::Value* zeroPoint = nullptr;
  ir::Value* rows = nullptr;  ///< per token: [..., 1], what every row was divided by; the product takes it back
};

class Rewriter {
 public:
  Rewriter(ir::Model& model, Plan& plan, const QuantizeOptions& options);

  const QuantizeOptions& options() const { return options_; }
  int64_t opset() const { return model_.opset(); }
  bool isGrouped(const ir::Value* value) const { return plan_.isGrouped(value); }
  /// The product with this weight stays in float.
  bool isWeightOnly(const ir::Value* value) const { return plan_.isWeightOnly(value); }
  bool isPerToken(const ir::Value* value) const { return plan_.isPerToken(value); }
  bool isFloat16(const ir::Value* value) const { return plan_.isFloat16(value); }
  bool perChannel() const { return options_.scheme.perChannel.value_or(true); }

  bool isSigned() const { return options_.scheme.type.value_or(WeightScheme::Type::QInt8) == WeightScheme::Type::QInt8; }
  /// The zero point of symmetric unsigned integers.
  float unsignedMiddle() const { return options_.scheme.reduceRange.value_or(false) ? 64 : 128; }

  /// New nodes go before this one.
  void startAt(ir::Node& node) { at_ = &node; }
  /// An operator of another domain was emitted.
  void usesDomain(const std::string& domain, int64_t version) { model_.opsets.try_emplace(domain, version); }
  /// Weights that could not be quantized although the plan chose them: NaN, infinities.
  const Diagnostics& errors() const { return errors_; }
  ir::Value* emit(const std::string& op, const std::vector<ir::Value*>& inputs, ir::Attributes attributes = {},
                  const std::string& domain = {});
  ir::Node* emitNode(const std::string& op, const std::vector<ir::Value*>& inputs, size_t outputs,
                     ir::Attributes attributes = {}, const std::string& domain = {});
  ir::Value* constant(ir::Tensor tensor, const std::string& name = {});
  /// The result takes the place, name and type of `old`, whose node dies when nothing is left of it.
  void replace(ir::Value* old, ir::Value* result);

  /// Integers of a weight as `dims` and strides of `view` see it. The same weight in the same layout is quantized once;
  /// a transposed view of a weight that is there already becomes a Transpose of its integers.
  QuantizedWeight weight(ir::Value* value, const ir::Tensor& view, const WeightLayout& layout);
  /// DynamicQuantizeLinear, one for each activation and graph; or rows of their own scale.
  QuantizedActivation activation(ir::Value* x, bool perToken);
  /// DynamicQuantizeLinear.
  QuantizedActivation tensorActivation(ir::Value* x);
  /// A weight of rank 2 with a scale for every kGroupSize elements of a channel, which lie along `axis`: as rank 3.
  QuantizedWeight groupedWeight(ir::Value* value, const ir::Tensor& view, int64_t axis);
  /// Cast and Mul, for scales that lie as no DequantizeLinear takes them before opset 21.
  ir::Value* scaled(ir::Value* integers, ir::Value* scale);
  /// A weight's float values again: DequantizeLinear, or Cast and Mul where that knows no axis yet.
  ir::Value* dequantized(ir::Value* value, const ir::Tensor& view, int64_t axis);
  /// A weight stored as float16, in its own dtype again. Itself where it holds what float16 cannot.
  ir::Value* throughFloat16(ir::Value* value);
  /// An activation that went through 8 bits and back.
  ir::Value* roundTrip(ir::Value* x);

 private:
  struct Stored {
    const std::byte* data = nullptr;
    std::vector<std::pair<int64_t, int64_t>> axes;    // (dim, stride), sorted: equal for transposed views
    std::vector<std::pair<int64_t, int64_t>> groups;  // of the group axes
    IntegerFormat format;
    ir::Tensor view;  // as the integers are stored
    IntegerTensor integers;
    ir::Value* value = nullptr;
  };

  Stored& stored(ir::Value* value, const ir::Tensor& view, const WeightLayout& layout);
  IntegerTensor refused(ir::Value* value, const ir::Tensor& view, const std::vector<int64_t>& groupAxes,
                        const Diagnostic& error);
  Stored* storeFloat16(ir::Value* value);
  ir::Value* transposedTo(const Stored& stored, const ir::Tensor& view);
  IntegerFormat formatFor(const WeightLayout& layout, const ir::Tensor& view, const std::vector<int64_t>& groupAxes) const;
  QuantizedActivation perToken(ir::Value* x);
  void note(ir::Value* value, const IntegerTensor& integers, uint64_t scaleBytes);

  ir::Model& model_;
  Plan& plan_;
  const QuantizeOptions& options_;
  ir::Node* at_ = nullptr;
  std::vector<std::unique_ptr<Stored>> stored_;
  using Activations = std::map<std::pair<const ir::Graph*, const ir::Value*>, QuantizedActivation>;
  const QuantizedActivation* madeBefore(const Activations& among, const ir::Value* x) const;

  Activations activations_;   // by tensor
  Activations tokenActivations_;
  std::map<std::pair<const ir::Graph*, const ir::Value*>, ir::Value*> roundTrips_;
  std::vector<std::unique_ptr<Stored>> halves_;  // float16; without integers
  std::map<std::pair<const ir::Graph*, const ir::Value*>, ir::Value*> widened_;
  std::map<std::string, ir::Value*> parameters_;
  Diagnostics errors_;
};

}  // namespace deploytool::quantize
