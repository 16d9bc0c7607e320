// Max pooling for other families: the quantized one.
#pragma once

#include "export/table.h"

namespace deploytool::exporter::ops {

/// x: [batch, channels, …] or without the batch; kernel_size, stride, padding, dilation and ceil_mode from the call.
Tensor maxPooled(Call& c, const Tensor& x, size_t spatial);

}  // namespace deploytool::exporter::ops
