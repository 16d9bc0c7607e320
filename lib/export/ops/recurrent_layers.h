// Stacked recurrent layers on a padded, time-major input; shared by lstm, gru, rnn_tanh and rnn_relu.
#pragma once

#include <optional>
#include <string>

#include "export/call.h"

namespace deploytool::exporter::ops {

/// What distinguishes the kinds of cells. ONNX orders the gates differently from torch.
struct CellKind {
  const char* onnxOp;
  std::vector<int64_t> gateOrder;  ///< torch's gate at each ONNX position
  const char* activation = nullptr;
};
extern const CellKind kLstm, kGru, kRnnTanh, kRnnRelu;

/// A weight of a layer: real numbers, or integers with their scale and zero point (rank 0, or one per row).
struct RecurrentWeight {
  Tensor values;
  Tensor scale, zeroPoint;  ///< none: real numbers
};

/// The parameters of one direction of one layer.
struct RecurrentDirection {
  RecurrentWeight input, hidden;
  std::optional<Tensor> inputBias, hiddenBias, projection;
};

struct RecurrentInput {
  Tensor x;                          ///< [time, batch, features]
  std::optional<Tensor> lengths;     ///< int64[batch]; none: all steps count
  Tensor hidden;                     ///< [layers * directions, batch, output]
  std::optional<Tensor> cell;        ///< lstm: [layers * directions, batch, hidden]
};

struct RecurrentOutput {
  Tensor y, hidden;
  std::optional<Tensor> cell;
};

/// The `params` of the call, direction by direction, layer by layer.
std::vector<RecurrentDirection> directionsOf(Call& c);
/// Reads num_layers and bidirectional of the call.
RecurrentOutput runLayers(Call& c, const CellKind& kind, const RecurrentInput& input,
                          const std::vector<RecurrentDirection>& directions);

}  // namespace deploytool::exporter::ops
