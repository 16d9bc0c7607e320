// Walking an encoded model by a table of the fields that lead to tensors.
#include "onnx/external_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "onnx/fields.h"
#include "onnx/not_onnx.h"
#include "onnx/mapped_file.h"
#include "onnx/read_context.h"
#include "onnx/wire.h"

namespace deploytool::onnx_io {
namespace {

enum class Message { Model, Training, Graph, Function, Node, Attribute, Sparse, Tensor };

struct Way {
  Message from;
  field::Number number;
  Message to;
};

// Field numbers that only this table needs: TrainingInfoProto in ModelProto 20, its graphs 1 and 2; FunctionProto's
// nodes 7 and attribute_proto 11; AttributeProto's sparse_tensor 22 and sparse_tensors 23.
constexpr Way kWays[] = {
    {Message::Model, field::model::kGraph, Message::Graph},
    {Message::Model, field::model::kFunctions, Message::Function},
    {Message::Model, 20, Message::Training},
    {Message::Training, 1, Message::Graph},
    {Message::Training, 2, Message::Graph},
    {Message::Graph, field::graph::kNode, Message::Node},
    {Message::Graph, field::graph::kInitializer, Message::Tensor},
    {Message::Graph, field::graph::kSparseInitializer, Message::Sparse},
    {Message::Function, 7, Message::Node},
    {Message::Function, 11, Message::Attribute},
    {Message::Node, field::node::kAttribute, Message::Attribute},
    {Message::Attribute, field::attribute::kTensor, Message::Tensor},
    {Message::Attribute, field::attribute::kTensors, Message::Tensor},
    {Message::Attribute, field::attribute::kGraph, Message::Graph},
    {Message::Attribute, field::attribute::kGraphs, Message::Graph},
    {Message::Attribute, 22, Message::Sparse},
    {Message::Attribute, 23, Message::Sparse},
    {Message::Sparse, field::sparse_tensor::kValues, Message::Tensor},
    {Message::Sparse, field::sparse_tensor::kIndices, Message::Tensor},
};

class Walk {
 public:
  explicit Walk(int folder) : folder_(folder) {}

  Status visit(Message kind, std::string_view bytes, int depth = 0) {
    if (depth > 4 * kMaxGraphDepth) return refused("is nested too deeply");
    if (kind == Message::Tensor) return visitTensor(bytes);
    wire::Scanner scanner(bytes);
    for (wire::Field field; scanner.next(field);) {
      for (const Way& way : kWays) {
        if (way.from != kind || way.number != field.number || field.type != wire::kLengthDelimited) continue;
        if (Status inner = visit(way.to, field.bytes, depth + 1); !inner) return inner;
      }
    }
    if (!scanner.failed()) return {};
    return kind == Message::Model ? notOnnx(bytes) : refused("is an ONNX file that is damaged");
  }

  std::vector<ExternalDataFile> files() const {
    std::vector<ExternalDataFile> out;
    for (const auto& [location, size] : sizes_) out.push_back({location, size});
    return out;
  }

 private:
  static Status refused(std::string why) { return makeError(ExitCode::BadInput, std::move(why)); }

  Status visitTensor(std::string_view bytes) {
    bool external = false;
    uint64_t size = 1;  // in elements; saturated
    int64_t dtype = 0;
    std::map<std::string_view, std::string_view> keys;
    wire::Scanner scanner(bytes);
    for (wire::Field field; scanner.next(field);) {
      if (field.number == field::tensor::kDataLocation) external = external || field.integer == 1;
      if (field.number == field::tensor::kDataType) dtype = field.asInt();
      if (field.number == field::tensor::kDims) countElements(field, size);
      if (field.number != field::tensor::kExternalData) continue;
      std::string_view key, value;
      wire::Scanner entry(field.bytes);
      for (wire::Field part; entry.next(part);) {
        if (part.number == field::entry::kKey) key = part.bytes;
        if (part.number == field::entry::kValue) value = part.bytes;
      }
      if (!keys.emplace(key, value).second) return refused("external data has the " + std::string(key) + " twice");
    }
    if (scanner.failed()) return refused("is an ONNX file that is damaged");
    if (!external) return {};
    const bool known = dtype > 0 && dtype <= static_cast<int64_t>(ir::DType::BFloat16);
    return check(keys, known ? product(size, ir::itemSize(static_cast<ir::DType>(dtype))) : 0);
  }

  static uint64_t product(uint64_t a, uint64_t b) {
    uint64_t result = 0;
    return __builtin_mul_overflow(a, b, &result) ? UINT64_MAX : result;
  }

  static void countElements(const wire::Field& field, uint64_t& size) {
    std::vector<int64_t> dims;
    if (!readInts(field, dims)) size = UINT64_MAX;
    for (int64_t dim : dims) size = dim < 0 ? UINT64_MAX : product(size, static_cast<uint64_t>(dim));
  }

  Status check(const std::map<std::string_view, std::string_view>& keys, uint64_t needed) {
    const auto at = [&](const char* key) { return keys.count(key) ? keys.at(key) : std::string_view(); };
    const std::string location(at("location"));
    const Result<uint64_t> size = sizeOf(location);
    if (!size) return size.error();
    uint64_t offset = 0, length = 0;
    if (!number(at("offset"), offset) || !number(at("length"), length)) {
      return refused("external data '" + location + "' has an offset or length that is no number");
    }
    if (offset > *size || std::max(length, needed) > *size - offset) {
      return refused("external data '" + location + "' ends before a tensor does");
    }
    return {};
  }

  static bool number(std::string_view text, uint64_t& value) {
    if (text.empty()) return true;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
  }

  Result<uint64_t> sizeOf(const std::string& location) {
    const auto known = sizes_.find(location);
    if (known != sizes_.end()) return known->second;
    if (folder_ < 0) return makeError(ExitCode::BadInput, "external data '" + location + "' cannot be read from here");
    const Result<int> descriptor = openBeneath(folder_, location);
    if (!descriptor) return descriptor.error();
    struct stat info {};
    const bool read = ::fstat(*descriptor, &info) == 0;
    ::close(*descriptor);
    if (!read) return makeError(ExitCode::Io, "external data '" + location + "' cannot be read");
    return sizes_.emplace(location, static_cast<uint64_t>(info.st_size)).first->second;
  }

  int folder_;
  std::map<std::string, uint64_t> sizes_;
};

}  // namespace

Result<std::vector<ExternalDataFile>> externalFiles(const ModelSource& source) {
  const auto file = MappedFile::map(source.descriptor, source.name);
  if (!file) return file.error();
  const auto bytes = (*file)->bytes();
  Walk walk(source.folder);
  if (Status walked = walk.visit(Message::Model, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}); !walked) {
    Diagnostic error = walked.error();
    if (error.file.empty()) error.file = source.name;
    return error;
  }
  return walk.files();
}

}  // namespace deploytool::onnx_io
