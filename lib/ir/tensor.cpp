// Tensor: views of shared bytes, and gathering of strided data.
#include "ir/tensor.h"

#include <cassert>
#include <limits>
#include <type_traits>
#include <utility>

namespace deploytool::ir {

std::vector<int64_t> contiguousStrides(const std::vector<int64_t>& dims) {
  std::vector<int64_t> strides(dims.size());
  int64_t step = 1;
  for (size_t i = dims.size(); i-- > 0;) {
    strides[i] = step;
    step *= std::max<int64_t>(dims[i], 1);
  }
  return strides;
}

// ---- construction -------------------------------------------------------------------------------------------------

Tensor Tensor::share(DType dtype, std::vector<int64_t> dims, std::vector<int64_t> strides,
                     std::span<const std::byte> bytes, int64_t offset, std::shared_ptr<const void> owner) {
  Tensor t;
  t.dtype_ = dtype;
  t.dims_ = std::move(dims);
  t.strides_ = std::move(strides);
  t.bytes_ = bytes;
  t.offset_ = offset;
  t.owner_ = std::move(owner);
  return t;
}

Tensor Tensor::copy(DType dtype, std::vector<int64_t> dims, std::span<const std::byte> bytes) {
  auto owned = std::make_shared<std::vector<std::byte>>(bytes.begin(), bytes.end());
  const std::span<const std::byte> view(*owned);
  auto strides = contiguousStrides(dims);
  return share(dtype, std::move(dims), std::move(strides), view, 0, std::move(owned));
}

Tensor Tensor::strings(std::vector<int64_t> dims, std::vector<std::string> values) {
  Tensor t;
  t.dtype_ = DType::String;
  t.strides_ = contiguousStrides(dims);
  t.dims_ = std::move(dims);
  t.strings_ = std::move(values);
  return t;
}

namespace {

// As ATen on x86 does for what does not fit: no trap, the smallest integer.
int64_t toInteger(double value) {
  return value >= -0x1p63 && value < 0x1p63 ? static_cast<int64_t>(value) : std::numeric_limits<int64_t>::min();
}

template <class T>
Tensor one(DType dtype, T value) {
  return Tensor::copy(dtype, {}, std::as_bytes(std::span<const T>(&value, 1)));
}

}  // namespace

Tensor Tensor::scalar(DType dtype, double value) {
  switch (dtype) {
    case DType::Float32: return one(dtype, static_cast<float>(value));
    case DType::Float64: return one(dtype, value);
    case DType::Float16: return one(dtype, floatToHalf(static_cast<float>(value)));
    case DType::BFloat16: return one(dtype, floatToBFloat16(static_cast<float>(value)));
    case DType::Bool: return one(dtype, static_cast<uint8_t>(value != 0));
    case DType::UInt8: return one(dtype, static_cast<uint8_t>(toInteger(value)));
    case DType::Int8: return one(dtype, static_cast<int8_t>(toInteger(value)));
    case DType::UInt16: return one(dtype, static_cast<uint16_t>(toInteger(value)));
    case DType::Int16: return one(dtype, static_cast<int16_t>(toInteger(value)));
    case DType::Int32: return one(dtype, static_cast<int32_t>(toInteger(value)));
    case DType::UInt32: return one(dtype, static_cast<uint32_t>(toInteger(value)));
    case DType::Int64: return one(dtype, toInteger(value));
    case DType::UInt64:
      return one(dtype, value < 0x1p63 ? static_cast<uint64_t>(toInteger(value)) : static_cast<uint64_t>(value));
    case DType::Complex64: return one(dtype, std::pair(static_cast<float>(value), 0.0f));
    case DType::Complex128: return one(dtype, std::pair(value, 0.0));
    case DType::String:
    case DType::Undefined: break;
  }
  assert(!"scalar of a dtype that is no number");
  return {};
}

Tensor Tensor::full(DType dtype, std::vector<int64_t> dims, double value) {
  Tensor t = scalar(dtype, value);
  t.strides_.assign(dims.size(), 0);
  t.dims_ = std::move(dims);
  return t;
}

// ---- geometry -----------------------------------------------------------------------------------------------------

int64_t Tensor::numel() const {
  int64_t n = 1;
  for (int64_t d : dims_) n *= d;
  return n;
}

int64_t Tensor::byteSize() const { return numel() * static_cast<int64_t>(itemSize(dtype_)); }

bool Tensor::isContiguous() const {
  int64_t step = 1;
  for (size_t i = dims_.size(); i-- > 0;) {
    if (dims_[i] == 0) return true;
    if (dims_[i] != 1 && strides_[i] != step) return false;
    step *= dims_[i];
  }
  return true;
}

Tensor Tensor::contiguous() const {
  if (dtype_ == DType::String) return *this;
  Tensor t = *this;
  t.strides_ = contiguousStrides(dims_);
  if (isContiguous()) return t;
  auto owned = std::make_shared<std::vector<std::byte>>(static_cast<size_t>(byteSize()));
  gather(owned->data());
  t.bytes_ = *owned;
  t.offset_ = 0;
  t.owner_ = std::move(owned);
  return t;
}

Tensor Tensor::reshaped(std::vector<int64_t> dims) const {
  Tensor t;
  // One repeated element stays one element, whatever the dims.
  if (std::all_of(strides_.begin(), strides_.end(), [](int64_t s) { return s == 0; }) && !dims_.empty()) {
    t = *this;
    t.strides_.assign(dims.size(), 0);
  } else {
    t = contiguous();
    t.strides_ = contiguousStrides(dims);
  }
  t.dims_ = std::move(dims);
  assert(t.numel() == numel());
  return t;
}

// ---- gathering ----------------------------------------------------------------------------------------------------

namespace {

template <size_t Size>
void copyRun(const std::byte* from, int64_t strideBytes, int64_t count, std::byte* to) {
  for (int64_t i = 0; i < count; ++i, from += strideBytes, to += Size) std::memcpy(to, from, Size);
}

void copyRun(const std::byte* from, int64_t strideBytes, int64_t count, size_t item, std::byte* to) {
  if (strideBytes == static_cast<int64_t>(item)) {
    std::memcpy(to, from, static_cast<size_t>(count) * item);
    return;
  }
  switch (item) {
    case 1: return copyRun<1>(from, strideBytes, count, to);
    case 2: return copyRun<2>(from, strideBytes, count, to);
    case 4: return copyRun<4>(from, strideBytes, count, to);
    case 8: return copyRun<8>(from, strideBytes, count, to);
    default: return copyRun<16>(from, strideBytes, count, to);
  }
}

// Dims and strides with neighbouring axes joined where they are contiguous to each other, axes of size 1 dropped.
void collapse(std::vector<int64_t>& dims, std::vector<int64_t>& strides) {
  size_t kept = 0;
  for (size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == 1) continue;
    if (kept > 0 && strides[kept - 1] == dims[i] * strides[i]) {
      dims[kept - 1] *= dims[i];
      strides[kept - 1] = strides[i];
      continue;
    }
    dims[kept] = dims[i];
    strides[kept++] = strides[i];
  }
  dims.resize(kept);
  strides.resize(kept);
  if (kept == 0) {
    dims = {1};
    strides = {1};
  }
}

}  // namespace

void Tensor::gatherRange(int64_t first, int64_t count, std::byte* out) const {
  const size_t item = itemSize(dtype_);
  std::vector<int64_t> dims = dims_, strides = strides_;
  collapse(dims, strides);
  const size_t inner = dims.size() - 1;
  std::vector<int64_t> index(dims.size());
  int64_t rest = first, at = 0;
  for (size_t i = dims.size(); i-- > 0;) {
    index[i] = rest % dims[i];
    rest /= dims[i];
    at += index[i] * strides[i];
  }
  const auto itemBytes = static_cast<int64_t>(item);
  while (count > 0) {
    const int64_t run = std::min(count, dims[inner] - index[inner]);
    copyRun(data() + at * itemBytes, strides[inner] * itemBytes, run, item, out);
    out += run * itemBytes;
    count -= run;
    at -= index[inner] * strides[inner];
    index[inner] = 0;
    for (size_t i = inner; i-- > 0;) {
      at += strides[i];
      if (++index[i] < dims[i]) break;
      at -= dims[i] * strides[i];
      index[i] = 0;
    }
  }
}

void Tensor::gather(std::byte* out) const {
  if (byteSize() == 0) return;
  if (isContiguous()) {
    std::memcpy(out, data(), static_cast<size_t>(byteSize()));
  } else {
    gatherRange(0, numel(), out);
  }
}

// ---- elements as numbers ------------------------------------------------------------------------------------------

namespace {

template <class To, class From, class Convert>
std::vector<To> convert(const Tensor& tensor, Convert&& element) {
  std::vector<To> out;
  out.reserve(static_cast<size_t>(tensor.numel()));
  tensor.stream([&](std::span<const std::byte> piece) {
    for (size_t at = 0; at + sizeof(From) <= piece.size(); at += sizeof(From)) {
      From value;
      std::memcpy(&value, piece.data() + at, sizeof(From));
      out.push_back(element(value));
    }
  });
  return out;
}

template <class To, class From>
To number(From value) {
  if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    return toInteger(static_cast<double>(value));
  } else {
    return static_cast<To>(value);
  }
}

template <class To, class From>
std::vector<To> convert(const Tensor& tensor) {
  return convert<To, From>(tensor, [](From value) { return number<To>(value); });
}

template <class To>
std::vector<To> numbers(const Tensor& t) {
  switch (t.dtype()) {
    case DType::Float32: return convert<To, float>(t);
    case DType::Float64: return convert<To, double>(t);
    case DType::Float16: return convert<To, uint16_t>(t, [](uint16_t v) { return number<To>(halfToFloat(v)); });
    case DType::BFloat16: return convert<To, uint16_t>(t, [](uint16_t v) { return number<To>(bfloat16ToFloat(v)); });
    case DType::Bool: return convert<To, uint8_t>(t, [](uint8_t v) { return static_cast<To>(v != 0); });
    case DType::UInt8: return convert<To, uint8_t>(t);
    case DType::Int8: return convert<To, int8_t>(t);
    case DType::UInt16: return convert<To, uint16_t>(t);
    case DType::Int16: return convert<To, int16_t>(t);
    case DType::Int32: return convert<To, int32_t>(t);
    case DType::UInt32: return convert<To, uint32_t>(t);
    case DType::Int64: return convert<To, int64_t>(t);
    case DType::UInt64: return convert<To, uint64_t>(t);
    case DType::Complex64:
    case DType::Complex128:
    case DType::String:
    case DType::Undefined: break;
  }
  return {};
}

}  // namespace

std::vector<int64_t> Tensor::toInt64s() const { return numbers<int64_t>(*this); }
std::vector<double> Tensor::toDoubles() const { return numbers<double>(*this); }

bool identical(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.dims() != b.dims()) return false;
  if (a.dtype() == DType::String) return a.stringValues() == b.stringValues();
  const auto size = static_cast<size_t>(a.byteSize());
  if (size == 0 || (a.data() == b.data() && a.strides() == b.strides())) return true;
  const Tensor x = a.contiguous(), y = b.contiguous();
  return std::memcmp(x.data(), y.data(), size) == 0;
}

}  // namespace deploytool::ir
