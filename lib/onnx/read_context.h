// What the parts of the reader share: the file, and the first error with its place.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ir/graph.h"
#include "onnx/mapped_file.h"
#include "onnx/wire.h"

namespace deploytool::onnx_io {

/// Messages nested deeper are refused: subgraphs in subgraphs, sequences of sequences.
inline constexpr int kMaxGraphDepth = 64;
inline constexpr int kMaxTypeDepth = 16;

/// Functions of the reader return false once something failed; the error is here. On the way out each adds its place.
class ReadContext {
 public:
  ReadContext(std::shared_ptr<const MappedFile> file, int folder) : file_(std::move(file)), folder_(folder) {}

  bool fail(std::string message, ExitCode code = ExitCode::BadInput);
  bool fail(Diagnostic error);
  /// Says where the failure was, innermost first; returns false.
  bool at(std::string place);
  bool malformed(const char* what) { return fail(std::string("malformed ") + what); }
  Diagnostic takeError();

  /// A tensor from an encoded TensorProto. `doc` receives its doc string.
  bool readTensor(std::string_view message, ir::Tensor& tensor, std::string* doc = nullptr);
  bool readType(std::string_view message, ir::Type& type, int depth = 0);

 private:
  struct TensorFields;
  struct ExternalPlace;
  bool readDims(std::string_view message, ir::Type& type);
  bool readTensorType(std::string_view message, ir::Type& type);
  bool readContainerType(std::string_view message, ir::Type& type, int depth);
  bool scanTensor(std::string_view message, TensorFields& fields);
  bool typedData(const TensorFields& fields, ir::DType dtype, size_t numel, ir::Tensor& tensor);
  bool external(const TensorFields& fields, ir::DType dtype, uint64_t size, ir::Tensor& tensor);
  bool externalPlace(const TensorFields& fields, uint64_t size, ExternalPlace& place);
  std::shared_ptr<const MappedFile> externalFile(const std::string& location);

  std::shared_ptr<const MappedFile> file_;
  int folder_;
  std::map<std::string, std::shared_ptr<const MappedFile>> externalFiles_;
  std::optional<Diagnostic> error_;
  std::string place_;
  ir::SymbolSource unknownDims_;
};

/// Adds a repeated int64 field, packed or not.
bool readInts(const wire::Field& field, std::vector<int64_t>& out);
bool readFloats(const wire::Field& field, std::vector<float>& out);

/// Fills the model from an encoded ModelProto.
bool readModelMessage(ReadContext& context, std::string_view message, ir::Model& model);

/// Names visible in a graph: its own, then those around it.
struct ReadScope {
  std::unordered_map<std::string_view, ir::Value*> values;
  const ReadScope* up = nullptr;
  ir::Value* find(std::string_view name) const;
};
/// Fills a graph from an encoded GraphProto; `hasValueInfo` is set where inner values have types.
bool readGraph(ReadContext& context, std::string_view message, ir::Graph& graph, const ReadScope* up,
               bool& hasValueInfo, int depth = 0);

}  // namespace deploytool::onnx_io
