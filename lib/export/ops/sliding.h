// Windows that slide along axes.
#pragma once

#include "export/builder.h"

namespace deploytool::exporter::ops {

/// Positions of the windows' elements, int64[count, size]: starts down (`step` apart), offsets across (`dilation` apart).
Tensor windowIndices(Builder& b, const Dim& count, const Dim& step, const Dim& size, const Dim& dilation);

}  // namespace deploytool::exporter::ops
