// NumPy's .npy, versions 1 to 3: magic, version, length, a Python dict literal, then the data.
// Format: numpy.lib.format.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "runtime/data_file.h"

namespace deploytool::runtime {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kMaxHeader = size_t{64} * 1024;
constexpr size_t kMaxRank = 64;

Diagnostic damaged(std::string what) { return makeError(ExitCode::BadInput, "damaged .npy: " + std::move(what)); }

struct Descr {
  std::string_view code;
  ir::DType dtype;
};
// NumPy has no bfloat16 of its own; ml_dtypes writes its arrays as two-byte voids.
constexpr Descr kDescrs[] = {
    {"f4", ir::DType::Float32}, {"f8", ir::DType::Float64}, {"f2", ir::DType::Float16},   {"i8", ir::DType::Int64},
    {"i4", ir::DType::Int32},   {"i2", ir::DType::Int16},   {"i1", ir::DType::Int8},      {"u1", ir::DType::UInt8},
    {"u2", ir::DType::UInt16},  {"u4", ir::DType::UInt32},  {"u8", ir::DType::UInt64},    {"b1", ir::DType::Bool},
    {"c8", ir::DType::Complex64}, {"c16", ir::DType::Complex128}, {"V2", ir::DType::BFloat16},
};

struct Header {
  ir::DType dtype = ir::DType::Undefined;
  bool bigEndian = false;
  bool fortranOrder = false;
  std::vector<int64_t> dims;
};

// The header's dict: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : text_(text) {}

  Result<Header> parse() {
    Header header;
    if (!accept('{')) return damaged("the header is no dict");
    while (!accept('}')) {
      std::string_view key;
      if (!quoted(key) || !accept(':')) return damaged("a key of the header is no string");
      if (auto status = value(key, header); !status) return status.error();
      accept(',');
    }
    if (header.dtype == ir::DType::Undefined || !hasShape_) return damaged("the header lacks descr or shape");
    return header;
  }

 private:
  Status value(std::string_view key, Header& header) {
    if (key == "descr") return descr(header);
    if (key == "shape") return shape(header.dims);
    if (key != "fortran_order") return damaged(fmt::format("unknown key {} in the header", key));
    header.fortranOrder = accept("True");
    if (!header.fortranOrder && !accept("False")) return damaged("fortran_order is neither True nor False");
    return {};
  }

  Status descr(Header& header) {
    std::string_view text;
    if (!quoted(text) || text.size() < 3) return makeError(ExitCode::Unsupported, "a structured .npy array");
    header.bigEndian = text[0] == '>';
    const auto* found = std::find_if(std::begin(kDescrs), std::end(kDescrs),
                                     [&](const Descr& row) { return row.code == text.substr(1); });
    if (found == std::end(kDescrs)) return makeError(ExitCode::Unsupported, fmt::format(".npy of dtype {}", text));
    header.dtype = found->dtype;
    return {};
  }

  Status shape(std::vector<int64_t>& dims) {
    if (!accept('(')) return damaged("shape is no tuple");
    while (!accept(')')) {
      skipSpace();
      int64_t dim = 0;
      const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), dim);
      if (error != std::errc() || dim < 0 || dims.size() >= kMaxRank) return damaged("shape has a bad dim");
      at_ = static_cast<size_t>(end - text_.data());
      dims.push_back(dim);
      if (!accept(',') && peek() != ')') return damaged("shape has no comma");
    }
    hasShape_ = true;
    return {};
  }

  void skipSpace() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  char peek() {
    skipSpace();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  bool accept(std::string_view word) {
    skipSpace();
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  bool quoted(std::string_view& out) {
    const char quote = peek();
    if (quote != '\'' && quote != '"') return false;
    const auto end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) return false;
    out = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
  bool hasShape_ = false;
};

struct Parts {
  std::string_view header;
  Bytes data;
};

Result<Parts> split(Bytes bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.size() < 10 || text.substr(0, kMagic.size()) != kMagic) return damaged("it does not begin as one");
  const auto byte = [&](size_t i) { return static_cast<size_t>(bytes[i]); };
  const size_t version = byte(6);
  if (version < 1 || version > 3) return makeError(ExitCode::Unsupported, fmt::format(".npy version {}", version));
  const size_t start = version == 1 ? 10 : 12;
  if (text.size() < start) return damaged("it is truncated");
  const size_t length = byte(8) | byte(9) << 8 | (version == 1 ? 0 : byte(10) << 16 | byte(11) << 24);
  if (length > kMaxHeader || length > text.size() - start) return damaged("the header is too long");
  return Parts{text.substr(start, length), bytes.subspan(start + length)};
}

// numel × item size, or nothing when that is more than `limit`.
std::optional<size_t> byteCount(const Header& header, size_t limit) {
  size_t total = ir::itemSize(header.dtype);
  if (std::find(header.dims.begin(), header.dims.end(), 0) != header.dims.end()) return 0;
  for (int64_t dim : header.dims) {
    if (__builtin_mul_overflow(total, static_cast<size_t>(dim), &total) || total > limit) return {};
  }
  return total;
}

std::vector<int64_t> fortranStrides(const std::vector<int64_t>& dims) {
  std::vector<int64_t> strides(dims.size());
  int64_t step = 1;
  for (size_t i = 0; i < dims.size(); ++i) {
    strides[i] = step;
    step *= std::max<int64_t>(dims[i], 1);
  }
  return strides;
}

std::string descrOf(ir::DType dtype) {
  for (const auto& row : kDescrs) {
    if (row.dtype == dtype) return (ir::itemSize(dtype) == 1 || row.code[0] == 'V' ? "|" : "<") + std::string(row.code);
  }
  return {};
}

}  // namespace

Result<ir::Tensor> parseNpy(Bytes bytes, std::shared_ptr<const void> owner) {
  auto parts = split(bytes);
  if (!parts) return parts.error();
  auto header = HeaderParser(parts->header).parse();
  if (!header) return header.error();
  const auto count = byteCount(*header, parts->data.size());
  if (!count || *count != parts->data.size()) return damaged("the data has not the size that the shape asks for");
  Bytes data = parts->data;
  if (header->bigEndian && !data.empty()) {
    const auto item = ir::itemSize(header->dtype) / (ir::isComplex(header->dtype) ? 2 : 1);
    auto swapped = std::make_shared<Buffer>(data.begin(), data.end());
    for (auto at = swapped->begin(); at != swapped->end(); at += static_cast<ptrdiff_t>(item)) {
      std::reverse(at, at + static_cast<ptrdiff_t>(item));
    }
    data = *swapped;
    owner = std::move(swapped);
  }
  auto strides = header->fortranOrder ? fortranStrides(header->dims) : ir::contiguousStrides(header->dims);
  return ir::Tensor::share(header->dtype, header->dims, std::move(strides), data, 0, std::move(owner));
}

Result<Buffer> formatNpy(const ir::Tensor& tensor) {
  const auto descr = descrOf(tensor.dtype());
  if (descr.empty()) {
    return makeError(ExitCode::Unsupported, fmt::format("a {} tensor as .npy", ir::dtypeName(tensor.dtype())));
  }
  std::string shape;
  for (int64_t dim : tensor.dims()) shape += fmt::format("{}, ", dim);
  if (tensor.rank() != 1 && !shape.empty()) shape.resize(shape.size() - 2);
  if (tensor.rank() == 1) shape.pop_back();
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr, shape);
  header.append(63 - (10 + header.size()) % 64, ' ');  // the data begins at a multiple of 64
  header += '\n';
  std::string text(kMagic);
  text += {'\x01', '\x00', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  text += header;
  Buffer buffer(text.size() + static_cast<size_t>(tensor.byteSize()));
  std::memcpy(buffer.data(), text.data(), text.size());
  tensor.gather(buffer.data() + text.size());
  return buffer;
}

}  // namespace deploytool::runtime
