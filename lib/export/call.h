// What a lowering sees: one call of an operator, its arguments by name, and the builder.
//
// A lowering never plumbs errors: an argument that is not what it must be, or refuse(), leaves the lowering by an
// exception that the evaluator catches at one place; the result is poison and the refusal is reported with its source
// line. Arguments that are poison never reach a lowering.
#pragma once

#include <fmt/core.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "export/builder.h"
#include "export/value.h"

namespace deploytool::exporter {

class CallHost;

class Call {
 public:
  Call(CallHost& host, Builder& builder, const ts::Schema& schema, std::vector<Value> arguments)
      : b(builder), host_(host), schema_(schema), arguments_(std::move(arguments)) {}

  Builder& b;

  // ---- arguments by the schema's names. A name that the schema at hand lacks reads as None (older or newer libtorch).
  const Value& arg(std::string_view name) const;
  bool has(std::string_view name) const { return !arg(name).isNone(); }  ///< given and not None
  Tensor tensor(std::string_view name) const;         ///< a number becomes a rank-0 tensor (see isWrappedNumber)
  std::optional<Tensor> optTensor(std::string_view name) const;
  Tensors tensors(std::string_view name) const;       ///< list of tensors
  std::vector<std::optional<Tensor>> optTensors(std::string_view name) const;
  int64_t integer(std::string_view name) const;       ///< static
  Dim dim(std::string_view name) const;               ///< any int
  std::vector<int64_t> integers(std::string_view name) const;
  std::vector<int64_t> integers(std::string_view name, size_t count) const;  ///< one element repeats
  Dims dims(std::string_view name) const;
  double number(std::string_view name) const;         ///< static int, float or bool
  std::vector<double> numbers(std::string_view name) const;
  bool boolean(std::string_view name) const;          ///< static
  std::string text(std::string_view name) const;
  std::optional<DType> dtype(std::string_view name) const;  ///< of a ScalarType argument; nothing for None
  int64_t axis(std::string_view name, int64_t rank) const;   ///< normalised to [0, rank); rank 0 counts as 1
  std::vector<int64_t> axes(std::string_view name, int64_t rank) const;  ///< None or empty: all axes
  /// True for a Python number (and a rank-0 tensor made of one): it does not take part in dtype promotion like a tensor.
  bool isWrappedNumber(std::string_view name) const;
  size_t argumentCount() const { return arguments_.size(); }
  const std::vector<Value>& arguments() const { return arguments_; }  ///< varargs

  const ts::Schema& schema() const { return schema_; }

  // ---- dtype promotion, as torch.result_type of the named arguments
  DType promoted(std::initializer_list<std::string_view> names) const;
  /// The named arguments as tensors of the promoted dtype.
  Tensors promotedTensors(std::initializer_list<std::string_view> names) const;

  // ---- values
  Tensor read(const Value& value) const;              ///< tensor content of a tensor variable or number
  Value list(const Tensors& tensors) const;
  /// Makes a tensor's dims static numbers where the graph's structure needs them: the example size decides, and the
  /// assumption is reported as `assumes <what>`. Refuses under --strict-dims.
  int64_t structural(const Dim& dim, std::string_view what) const;

  // ---- messages
  [[noreturn]] void refuse(std::string reason) const;
  void note(std::string text) const;                  ///< listed once among the export's notes (random operators, …)
  CallHost& host() const { return host_; }

 private:
  CallHost& host_;
  const ts::Schema& schema_;
  std::vector<Value> arguments_;
};

/// Where packed data (aten::_pack_padded_sequence) came from, so that a recurrent layer need not scatter it back.
struct PackedOrigin {
  Tensor data, padded, lengths, batchSizes;
};

/// What a call needs of the evaluator around it.
class CallHost {
 public:
  virtual ~CallHost() = default;
  virtual Tensor read(const TensorVar& variable) = 0;
  virtual void write(const TensorVar& variable, const Tensor& content) = 0;
  virtual int64_t exampleSize(const Dim& dim, std::string_view what) = 0;  ///< throws Refusal under --strict-dims
  virtual void note(std::string text) = 0;
  virtual void assumeHere(const std::string& what) = 0;  ///< reported with the place of the call
  /// What the branches around the call say of a rank-0 bool.
  virtual std::optional<bool> decided(const Tensor& flag) const = 0;
  virtual void willChange(const std::shared_ptr<ListValue>& list) = 0;  ///< before a list or dict is changed in place
  virtual void willChange(const std::shared_ptr<DictValue>& dict) = 0;
  virtual const ts::Program& program() const = 0;
  /// By the symbol of the data's first dim, which no other tensor's origin shares.
  virtual std::map<std::string, PackedOrigin>& packedOrigins() = 0;
  /// Which positions of a nested tensor hold something: bool[batch, length] by the symbol that its dim 1 has.
  virtual std::map<std::string, Tensor>& nestedMasks() = 0;
};

}  // namespace deploytool::exporter
