// ONNX TensorProto files, as ONNX's backend tests record inputs and outputs.
#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <limits>

#include "runtime/data_file.h"

namespace deploytool::runtime {
namespace {

Diagnostic damaged(std::string what) {
  return makeError(ExitCode::BadInput, "damaged TensorProto: " + std::move(what));
}

std::optional<int64_t> numelOf(const onnx::TensorProto& proto) {
  int64_t total = 1;
  for (int64_t dim : proto.dims()) {
    if (dim < 0 || __builtin_mul_overflow(total, dim, &total) || total > std::numeric_limits<int32_t>::max()) return {};
  }
  return total;
}

// Elements that a typed field holds, each narrowed to T: int32_data also carries bools, 8- and 16-bit integers, and
// the bits of float16 and bfloat16.
template <class T, class Field>
Buffer narrowed(const Field& field) {
  Buffer bytes(static_cast<size_t>(field.size()) * sizeof(T));
  for (int i = 0; i < field.size(); ++i) {
    const T value = static_cast<T>(field.Get(i));
    std::memcpy(bytes.data() + static_cast<size_t>(i) * sizeof(T), &value, sizeof(T));
  }
  return bytes;
}

Buffer typedData(const onnx::TensorProto& proto, ir::DType dtype) {
  switch (dtype) {
    case ir::DType::Float32:
    case ir::DType::Complex64: return narrowed<float>(proto.float_data());
    case ir::DType::Float64:
    case ir::DType::Complex128: return narrowed<double>(proto.double_data());
    case ir::DType::Int64: return narrowed<int64_t>(proto.int64_data());
    case ir::DType::UInt64: return narrowed<uint64_t>(proto.uint64_data());
    case ir::DType::UInt32: return narrowed<uint32_t>(proto.uint64_data());
    case ir::DType::Int32: return narrowed<int32_t>(proto.int32_data());
    case ir::DType::Float16:
    case ir::DType::BFloat16:
    case ir::DType::UInt16:
    case ir::DType::Int16: return narrowed<uint16_t>(proto.int32_data());
    default: return narrowed<uint8_t>(proto.int32_data());
  }
}

Result<ir::Tensor> toTensor(const onnx::TensorProto& proto) {
  if (proto.data_location() == onnx::TensorProto::EXTERNAL) {
    return makeError(ExitCode::Unsupported, "a TensorProto file with external data");
  }
  if (proto.data_type() <= 0 || proto.data_type() > static_cast<int>(ir::DType::BFloat16)) {
    return makeError(ExitCode::Unsupported, fmt::format("a TensorProto of data type {}", proto.data_type()));
  }
  const auto dtype = static_cast<ir::DType>(proto.data_type());
  const auto numel = numelOf(proto);
  if (!numel) return damaged("bad dims");
  std::vector<int64_t> dims(proto.dims().begin(), proto.dims().end());
  if (dtype == ir::DType::String) {
    if (proto.string_data_size() != *numel) return damaged("the number of strings is not that of the dims");
    return ir::Tensor::strings(std::move(dims), {proto.string_data().begin(), proto.string_data().end()});
  }
  const auto expected = static_cast<size_t>(*numel) * ir::itemSize(dtype);
  if (proto.has_raw_data()) {
    if (proto.raw_data().size() != expected) return damaged("the data has not the size that the dims ask for");
    return ir::Tensor::copy(dtype, std::move(dims), std::as_bytes(std::span(proto.raw_data())));
  }
  const auto bytes = typedData(proto, dtype);
  if (bytes.size() != expected) return damaged("the data has not the size that the dims ask for");
  return ir::Tensor::copy(dtype, std::move(dims), bytes);
}

}  // namespace

Result<NamedTensor> parseTensorProto(Bytes bytes) {
  onnx::TensorProto proto;
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max()) ||
      !proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return damaged("it is no protocol buffer of this kind");
  }
  auto tensor = toTensor(proto);
  if (!tensor) return tensor.error();
  return NamedTensor{proto.name(), std::move(*tensor)};
}

Result<Buffer> formatTensorProto(const NamedTensor& named) {
  onnx::TensorProto proto;
  if (!named.name.empty()) proto.set_name(named.name);
  for (int64_t dim : named.tensor.dims()) proto.add_dims(dim);
  proto.set_data_type(static_cast<int>(named.tensor.dtype()));
  if (named.tensor.dtype() == ir::DType::String) {
    for (const auto& text : named.tensor.stringValues()) proto.add_string_data(text);
  } else {
    auto& raw = *proto.mutable_raw_data();
    raw.resize(static_cast<size_t>(named.tensor.byteSize()));
    named.tensor.gather(reinterpret_cast<std::byte*>(raw.data()));
  }
  Buffer buffer(proto.ByteSizeLong());
  if (!proto.SerializeToArray(buffer.data(), static_cast<int>(buffer.size()))) {
    return makeError(ExitCode::Unsupported, "a tensor of 2 GB or more does not fit a TensorProto file");
  }
  return buffer;
}

}  // namespace deploytool::runtime
