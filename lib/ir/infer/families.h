// The families of rows; lib/ir/infer.cpp lists them.
#pragma once

#include <span>

#include "ir/infer.h"

namespace deploytool::ir::inference {

std::span<const InferRow> elementwiseRows();
std::span<const InferRow> shapeRows();
std::span<const InferRow> indexingRows();
std::span<const InferRow> selectionRows();
std::span<const InferRow> linearRows();
std::span<const InferRow> convolutionRows();
std::span<const InferRow> poolingRows();
std::span<const InferRow> imageRows();
std::span<const InferRow> reductionRows();
std::span<const InferRow> creationRows();
std::span<const InferRow> normalizationRows();
std::span<const InferRow> recurrentRows();
std::span<const InferRow> quantizationRows();
std::span<const InferRow> microsoftRows();
std::span<const InferRow> controlRows();
std::span<const InferRow> sequenceRows();
std::span<const InferRow> signalRows();
std::span<const InferRow> lossRows();
std::span<const InferRow> textRows();

}  // namespace deploytool::ir::inference
