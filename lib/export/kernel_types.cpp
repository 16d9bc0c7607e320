// The table of ONNX Runtime's CPU kernels (1.21) that take fewer element types than the specification allows.
// Source: docs/OperatorKernels.md of ONNX Runtime. float16 is left alone: ONNX Runtime runs it as float32 by itself.
#include <optional>
#include <string_view>
#include <unordered_map>

#include "export/kernel_types.h"

namespace deploytool::exporter {

namespace {

using ir::DType;

enum Types : unsigned {
  f32 = 1, f64 = 2, i64 = 4, i32 = 8, u8 = 16, i8 = 32, b = 64, i16 = 128,
};

struct KernelRow {
  const char* opType;
  unsigned types;
  std::vector<size_t> inputs;            // empty: all
  std::vector<size_t> outputs = {0};
};

// clang-format off
const KernelRow kRows[] = {
    {"Abs", f32 | f64 | i64 | i32 | u8 | i8 | i16, {}},
    {"Acos", f32, {}}, {"Acosh", f32, {}}, {"Asin", f32, {}}, {"Asinh", f32, {}}, {"Atan", f32, {}}, {"Atanh", f32, {}},
    {"Add", f32 | f64 | i64 | i32, {}}, {"Sub", f32 | f64 | i64 | i32, {}}, {"Mul", f32 | f64 | i64 | i32, {}},
    {"Div", f32 | f64 | i64 | i32, {}},
    {"ArgMax", f32 | f64 | i64 | i32 | u8 | i8, {}, {}}, {"ArgMin", f32 | f64 | i64 | i32 | u8 | i8, {}, {}},
    {"AveragePool", f32, {}}, {"GlobalAveragePool", f32, {}}, {"GlobalMaxPool", f32, {}}, {"LpPool", f32, {}},
    {"MaxPool", f32 | f64 | u8 | i8, {}},
    {"BatchNormalization", f32 | f64, {}},
    {"Ceil", f32 | f64, {}}, {"Floor", f32 | f64, {}}, {"Round", f32 | f64, {}},
    {"Celu", f32, {}}, {"Elu", f32, {}}, {"HardSigmoid", f32, {}}, {"HardSwish", f32, {}}, {"LeakyRelu", f32, {}},
    {"Mish", f32, {}}, {"PRelu", f32, {}}, {"Selu", f32, {}}, {"Softplus", f32, {}}, {"Softsign", f32, {}},
    {"ThresholdedRelu", f32, {}}, {"Shrink", f32 | f64 | i64 | i32 | u8 | i8 | i16, {}},
    {"Clip", f32 | f64 | i64 | i32 | u8 | i8, {}},
    {"Conv", f32, {}}, {"ConvTranspose", f32, {}},
    {"Cos", f32, {}}, {"Cosh", f32, {}}, {"Sin", f32 | f64, {}}, {"Sinh", f32, {}}, {"Tan", f32, {}},
    {"CumSum", f32 | f64 | i64 | i32, {0}},
    {"Det", f32, {}},
    {"Einsum", f32 | f64 | i64 | i32, {}},
    {"Equal", f32 | f64 | i64 | i32 | b, {}, {}},
    {"Less", f32 | f64 | i64 | i32, {}, {}}, {"Greater", f32 | f64 | i64 | i32, {}, {}},
    {"LessOrEqual", f32 | f64 | i64 | i32, {}, {}}, {"GreaterOrEqual", f32 | f64 | i64 | i32, {}, {}},
    {"Erf", f32, {}},
    {"Exp", f32 | f64, {}}, {"Log", f32 | f64, {}}, {"Sqrt", f32 | f64, {}}, {"Reciprocal", f32 | f64, {}},
    {"Sigmoid", f32 | f64, {}}, {"Tanh", f32 | f64, {}},
    {"Expand", f32 | f64 | i64 | i32 | u8 | i8 | i16 | b, {0}},
    {"Gemm", f32 | f64, {}},
    {"MatMul", f32 | f64 | i64 | i32, {}},
    {"GridSample", f32, {}},
    {"InstanceNormalization", f32, {}}, {"LayerNormalization", f32 | f64, {}},
    {"IsInf", f32 | f64, {}, {}}, {"IsNaN", f32 | f64, {}, {}},
    {"LSTM", f32, {0, 1, 2, 3, 5, 6, 7}, {0, 1, 2}}, {"GRU", f32, {0, 1, 2, 3, 5}, {0, 1}}, {"RNN", f32, {0, 1, 2, 3, 5}, {0, 1}},
    {"LRN", f32, {}},
    {"Max", f32 | f64 | i64 | i32, {}}, {"Min", f32 | f64 | i64 | i32, {}},
    {"Mod", f32 | f64 | i64 | i32 | u8 | i8 | i16, {}},
    {"Neg", f32 | f64 | i64 | i32 | i8, {}},
    {"NonZero", f32 | i64 | i32 | u8 | b, {}, {}},
    {"Pow", f32 | f64 | i64 | i32, {}},
    {"Range", f32 | f64 | i64 | i32 | i16, {}},
    {"ReduceL1", f32 | i32, {0}}, {"ReduceL2", f32 | i32, {0}},
    {"ReduceLogSum", f32 | i32, {0}}, {"ReduceLogSumExp", f32 | f64 | i32, {0}},
    {"ReduceMax", f32 | f64 | i64 | i32 | u8 | i8, {0}}, {"ReduceMin", f32 | f64 | i64 | i32 | u8 | i8, {0}},
    {"ReduceMean", f32 | f64 | i32, {0}}, {"ReduceProd", f32 | i64 | i32, {0}},
    {"ReduceSum", f32 | f64 | i64 | i32, {0}}, {"ReduceSumSquare", f32 | f64 | i32, {0}},
    {"Relu", f32 | f64 | i32 | i8, {}},
    {"Resize", f32 | i32 | u8 | i8, {0}},
    {"RoiAlign", f32 | f64, {0, 1}}, {"MaxRoiPool", f32, {}}, {"NonMaxSuppression", f32, {0, 1}, {}},
    {"ScatterND", f32 | f64 | i64 | i32 | u8 | i8 | i16 | b, {0, 2}},
    {"Sign", f32 | f64 | i64 | i32 | u8 | i8 | i16, {}},
    {"Softmax", f32 | f64, {}}, {"LogSoftmax", f32 | f64, {}},
    {"Sum", f32 | f64, {}}, {"Mean", f32, {}},
    {"Tile", f32 | f64 | i64 | i32 | u8 | i8 | b, {0}},
    {"TopK", f32 | f64 | i64 | i32, {0}},
    {"Trilu", f32 | f64 | i64 | b, {0}},
    {"Unique", f32 | f64 | i64 | i8, {0}},
    {"OneHot", f32 | i64 | i32, {2}},
    {"Where", f32 | f64 | i64 | i32 | u8, {1, 2}},
    {"Pad", f32 | f64 | i64 | i32 | u8 | i8 | b, {0, 2}},
    {"EyeLike", f32 | f64 | i64 | i32, {}},
};
// clang-format on

unsigned bit(DType dtype) {
  switch (dtype) {
    case DType::Float32: case DType::Float16: return f32;  // float16 runs wherever float32 does
    case DType::Float64: return f64;
    case DType::Int64: return i64;
    case DType::Int32: return i32;
    case DType::UInt8: return u8;
    case DType::Int8: return i8;
    case DType::Int16: return i16;
    case DType::Bool: return b;
    default: return 0;
  }
}

/// The narrowest type that holds `dtype` and has a kernel.
DType substitute(DType dtype, unsigned types) {
  if (ir::isFloating(dtype)) return dtype == DType::BFloat16 || !(types & f64) ? DType::Float32 : DType::Float64;
  if (dtype != DType::Int64 && (types & i32)) return DType::Int32;
  if (types & i64) return DType::Int64;
  if (dtype == DType::Int64 || dtype == DType::Int32) return types & f64 ? DType::Float64 : DType::Float32;
  return DType::Float32;
}

}  // namespace

std::optional<KernelTypes> kernelTypes(const std::string& opType, DType dtype) {
  static const auto kIndex = [] {
    std::unordered_map<std::string_view, const KernelRow*> index;
    for (const KernelRow& row : kRows) index.emplace(row.opType, &row);
    return index;
  }();
  auto it = kIndex.find(opType);
  if (it == kIndex.end() || (it->second->types & bit(dtype)) || ir::isComplex(dtype) || dtype == DType::String) return {};
  return KernelTypes{it->second->inputs, it->second->outputs, substitute(dtype, it->second->types)};
}

}  // namespace deploytool::exporter
