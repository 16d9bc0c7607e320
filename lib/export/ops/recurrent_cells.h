// One step of recurrent cells, from the gates of input and hidden state, however those were computed.
#pragma once

#include "export/call.h"

namespace deploytool::exporter::ops {

/// w_ih x + b_ih and w_hh h + b_hh, split into gates in torch's order.
struct Gates {
  Tensors input, hidden;
};

/// The `count` gates along the last axis.
Tensors splitGates(Call& c, const Tensor& products, int64_t count);

/// The new hidden state and cell.
Results lstmStep(Call& c, const Gates& gates, const Tensor& cell);
Tensor gruStep(Call& c, const Gates& gates, const Tensor& hidden);
Tensor simpleStep(Call& c, const Gates& gates, const char* activation);

}  // namespace deploytool::exporter::ops
