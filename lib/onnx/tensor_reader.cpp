// Tensors of a file: slices of raw data, typed data fields, external data. Types.
#include <unistd.h>

#include <charconv>
#include <cstring>

#include "onnx/fields.h"
#include "onnx/read_context.h"

namespace deploytool::onnx_io {

namespace f = field::tensor;
using ir::DType;
using ir::Tensor;

// ---- errors -------------------------------------------------------------------------------------------------------

bool ReadContext::fail(Diagnostic error) {
  if (!error_) error_ = std::move(error);
  return false;
}

bool ReadContext::fail(std::string message, ExitCode code) { return fail(makeError(code, std::move(message))); }

bool ReadContext::at(std::string place) {
  place_ += (place_.empty() ? "" : " in ") + std::move(place);
  return false;
}

Diagnostic ReadContext::takeError() {
  Diagnostic error = error_ ? std::move(*error_) : makeError(ExitCode::Internal, "the model could not be read");
  if (!place_.empty()) error.places.push_back(std::move(place_));
  return error;
}

// ---- repeated numbers ---------------------------------------------------------------------------------------------

bool readInts(const wire::Field& field, std::vector<int64_t>& out) {
  if (field.type == wire::kVarint) {
    out.push_back(field.asInt());
    return true;
  }
  if (field.type != wire::kLengthDelimited) return false;
  std::string_view rest = field.bytes;
  while (!rest.empty()) {
    uint64_t value = 0;
    if (!wire::readPackedVarint(rest, value)) return false;
    out.push_back(static_cast<int64_t>(value));
  }
  return true;
}

namespace {

template <class T>
bool readFixed(const wire::Field& field, uint32_t type, std::vector<T>& out) {
  if (field.type == type) {
    T value;
    std::memcpy(&value, &field.integer, sizeof value);
    out.push_back(value);
    return true;
  }
  if (field.type != wire::kLengthDelimited || field.bytes.size() % sizeof(T) != 0) return false;
  const size_t before = out.size();
  out.resize(before + field.bytes.size() / sizeof(T));
  if (!field.bytes.empty()) std::memcpy(out.data() + before, field.bytes.data(), field.bytes.size());
  return true;
}

}  // namespace

bool readFloats(const wire::Field& field, std::vector<float>& out) { return readFixed(field, wire::kFixed32, out); }

// ---- fields of a tensor -------------------------------------------------------------------------------------------

struct ReadContext::TensorFields {
  std::vector<int64_t> dims;
  int64_t dataType = 0;
  std::string name;
  std::string doc;
  std::optional<std::string_view> raw;
  std::vector<int64_t> ints;  // int32_data, int64_data, uint64_data: a tensor uses one of them
  std::vector<float> floats;
  std::vector<double> doubles;
  std::vector<std::string> strings;
  std::vector<std::string_view> external;
  int64_t location = 0;
};

bool ReadContext::scanTensor(std::string_view message, TensorFields& out) {
  wire::Scanner scanner(message);
  bool ok = true;
  for (wire::Field field; ok && scanner.next(field);) {
    switch (field.number) {
      case f::kDims: ok = readInts(field, out.dims); break;
      case f::kDataType: out.dataType = field.asInt(); break;
      case f::kFloatData: ok = readFloats(field, out.floats); break;
      case f::kInt32Data:
      case f::kInt64Data:
      case f::kUInt64Data: ok = readInts(field, out.ints); break;
      case f::kDoubleData: ok = readFixed(field, wire::kFixed64, out.doubles); break;
      case f::kStringData: out.strings.emplace_back(field.bytes); break;
      case f::kName: out.name = field.bytes; break;
      case f::kDoc: out.doc = field.bytes; break;
      case f::kRawData:
        out.raw = field.bytes;
        ok = field.type == wire::kLengthDelimited;
        break;
      case f::kExternalData: out.external.push_back(field.bytes); break;
      case f::kDataLocation: out.location = field.asInt(); break;
      case f::kSegment: return fail("a tensor in segments is not supported", ExitCode::Unsupported);
      default: break;
    }
  }
  return (ok && !scanner.failed()) || malformed("tensor");
}

namespace {

/// Number of elements and of bytes; nothing when a dim is negative or they do not fit.
bool sizes(const std::vector<int64_t>& dims, size_t itemSize, int64_t& numel, int64_t& bytes) {
  numel = 1;
  bool empty = false;
  for (int64_t d : dims) {
    if (d < 0) return false;
    empty = empty || d == 0;
    if (d > 0 && __builtin_mul_overflow(numel, d, &numel)) return false;
  }
  // The product without the zeros must fit too: strides are computed from it.
  if (__builtin_mul_overflow(numel, static_cast<int64_t>(std::max<size_t>(itemSize, 1)), &bytes)) return false;
  if (empty) numel = bytes = 0;
  return true;
}

bool isCarried(int64_t dataType) { return dataType >= 1 && dataType <= static_cast<int64_t>(DType::BFloat16); }

template <class To, class From>
std::vector<std::byte> narrowed(const std::vector<From>& values) {
  std::vector<std::byte> out(values.size() * sizeof(To));
  for (size_t i = 0; i < values.size(); ++i) {
    const auto value = static_cast<To>(values[i]);
    std::memcpy(out.data() + i * sizeof(To), &value, sizeof(To));
  }
  return out;
}

template <class T>
std::vector<std::byte> bytesOf(const std::vector<T>& values) {
  const auto view = std::as_bytes(std::span(values));
  return {view.begin(), view.end()};
}

}  // namespace

bool ReadContext::readTensor(std::string_view message, Tensor& tensor, std::string* doc) {
  TensorFields fields;
  if (!scanTensor(message, fields)) return at("tensor '" + fields.name + "'");
  const auto place = [&] { return at("tensor '" + fields.name + "'"); };
  if (doc) *doc = std::move(fields.doc);
  if (!isCarried(fields.dataType)) {
    const bool known = fields.dataType > 16 && fields.dataType < 32;
    fail("element type " + std::to_string(fields.dataType) + (known ? " is not supported" : " does not exist"),
         known ? ExitCode::Unsupported : ExitCode::BadInput);
    return place();
  }
  const auto dtype = static_cast<DType>(fields.dataType);
  int64_t numel = 0, bytes = 0;
  if (!sizes(fields.dims, ir::itemSize(dtype), numel, bytes)) {
    fail("the dims are negative or too large");
    return place();
  }
  const auto strides = ir::contiguousStrides(fields.dims);
  if (fields.location != 0) {
    if (!external(fields, dtype, static_cast<uint64_t>(bytes), tensor)) return place();
  } else if (fields.raw && dtype != DType::String) {
    if (fields.raw->size() != static_cast<uint64_t>(bytes)) {
      fail("has " + std::to_string(fields.raw->size()) + " bytes of data where its dims need " + std::to_string(bytes));
      return place();
    }
    tensor = Tensor::share(dtype, fields.dims, strides, std::as_bytes(std::span(*fields.raw)), 0, file_);
  } else if (!typedData(fields, dtype, static_cast<size_t>(numel), tensor)) {
    return place();
  }
  tensor.name = std::move(fields.name);
  return true;
}

bool ReadContext::typedData(const TensorFields& fields, DType dtype, size_t numel, Tensor& tensor) {
  const auto wrongCount = [&](size_t count) {
    return fail("has " + std::to_string(count) + " elements of data where its dims need " + std::to_string(numel));
  };
  if (dtype == DType::String) {
    if (fields.strings.size() != numel) return wrongCount(fields.strings.size());
    tensor = Tensor::strings(fields.dims, fields.strings);
    return true;
  }
  std::vector<std::byte> bytes;
  switch (dtype) {
    case DType::Float32:
    case DType::Complex64: bytes = bytesOf(fields.floats); break;
    case DType::Float64:
    case DType::Complex128: bytes = bytesOf(fields.doubles); break;
    case DType::Int64:
    case DType::UInt64: bytes = bytesOf(fields.ints); break;
    case DType::Int32:
    case DType::UInt32: bytes = narrowed<uint32_t>(fields.ints); break;
    case DType::Int16:
    case DType::UInt16:
    case DType::Float16:
    case DType::BFloat16: bytes = narrowed<uint16_t>(fields.ints); break;
    default: bytes = narrowed<uint8_t>(fields.ints); break;
  }
  const size_t item = ir::itemSize(dtype);
  if (bytes.size() != numel * item) return wrongCount(bytes.size() / item);
  tensor = Tensor::copy(dtype, fields.dims, bytes);
  return true;
}

// ---- external data ------------------------------------------------------------------------------------------------

struct ReadContext::ExternalPlace {
  std::string location;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
};

bool ReadContext::externalPlace(const TensorFields& fields, uint64_t size, ExternalPlace& place) {
  for (std::string_view message : fields.external) {
    std::string_view key, value;
    wire::Scanner scanner(message);
    for (wire::Field field; scanner.next(field);) {
      if (field.number == field::entry::kKey) key = field.bytes;
      if (field.number == field::entry::kValue) value = field.bytes;
    }
    if (scanner.failed()) return malformed("external data");
    if (key == "location") place.location = value;
    if (key != "offset" && key != "length") continue;
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size()) {
      return fail("external data has the " + std::string(key) + " '" + std::string(value) + "', which is no number");
    }
    if (key == "offset") place.offset = number;
    if (key == "length") place.length = number;
  }
  if (place.length && *place.length != size) {
    return fail("external data of " + std::to_string(*place.length) + " bytes where the dims need " +
                std::to_string(size));
  }
  return true;
}

std::shared_ptr<const MappedFile> ReadContext::externalFile(const std::string& location) {
  const auto found = externalFiles_.find(location);
  if (found != externalFiles_.end()) return found->second;
  if (folder_ < 0) {
    fail("external data '" + location + "' cannot be read from here");
    return {};
  }
  Result<int> descriptor = openBeneath(folder_, location);
  if (!descriptor) {
    fail(std::move(descriptor.error()));
    return {};
  }
  auto file = MappedFile::map(*descriptor, location);
  ::close(*descriptor);
  if (!file) {
    fail(std::move(file.error()));
    return {};
  }
  return externalFiles_.emplace(location, std::move(*file)).first->second;
}

bool ReadContext::external(const TensorFields& fields, DType dtype, uint64_t size, Tensor& tensor) {
  if (fields.location != 1) return fail("data location " + std::to_string(fields.location) + " does not exist");
  if (dtype == DType::String) return fail("strings cannot be external data");
  ExternalPlace place;
  if (!externalPlace(fields, size, place)) return false;
  const auto file = externalFile(place.location);
  if (!file) return false;
  const std::span<const std::byte> bytes = file->bytes();
  if (place.offset > bytes.size() || size > bytes.size() - place.offset) {
    return fail("external data '" + place.location + "' ends before the tensor does: " + std::to_string(bytes.size()) +
                " bytes, needed " + std::to_string(size) + " from " + std::to_string(place.offset));
  }
  tensor =
      Tensor::share(dtype, fields.dims, ir::contiguousStrides(fields.dims), bytes.subspan(place.offset, size), 0, file);
  return true;
}

}  // namespace deploytool::onnx_io
