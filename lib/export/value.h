// Values of the partial evaluator: what a TorchScript variable holds while its program is walked.
//
// Static parts are known Python-level values; dynamic parts are ONNX values. An int is always an expression (ir::Dim): one
// that is computed at run time is a symbol bound to the ONNX value that holds it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ir/dim.h"
#include "ir/graph.h"
#include "ir/tensor.h"
#include "torchscript/program.h"

namespace deploytool::exporter {

using ir::Dim;
using ir::Dims;
using ir::DType;

/// Content of a tensor: a constant, or a value of the graph under construction. Immutable; rank is always known.
class Tensor {
 public:
  Tensor() = default;
  Tensor(ir::TensorPtr constant);
  Tensor(ir::Value* value) : value_(value) {}

  explicit operator bool() const { return constant_ || value_; }
  bool isConstant() const { return constant_ != nullptr; }
  const ir::TensorPtr& constant() const { return constant_; }
  ir::Value* value() const { return value_; }  ///< null for a constant: Builder::use() makes an initializer of it

  DType dtype() const { return constant_ ? constant_->dtype() : value_->dtype(); }
  const Dims& dims() const { return constant_ ? *constantDims_ : value_->dims(); }
  int64_t rank() const { return static_cast<int64_t>(dims().size()); }
  const Dim& dim(int64_t axis) const { return dims().at(static_cast<size_t>(axis < 0 ? axis + rank() : axis)); }
  /// What an integer tensor of rank 0 or 1 holds, where known as expressions.
  std::optional<Dims> elements() const;
  /// Same constant object or same graph value.
  friend bool operator==(const Tensor& a, const Tensor& b) { return a.constant_ == b.constant_ && a.value_ == b.value_; }

 private:
  ir::TensorPtr constant_;
  std::shared_ptr<const Dims> constantDims_;
  ir::Value* value_ = nullptr;
};

/// Leaves a lowering (or a control-flow instruction) that cannot go on; the evaluator catches it at one place.
struct Refusal {
  std::string reason;
  std::string argument = {};  ///< of the operator, where the reason is that a run decides it
  Tensor condition = {};      ///< or a rank-0 bool from before: once it is known, the operator goes on
};

/// Serial numbers of creation and change, increasing.
uint64_t nextSerial();

struct Cell;
struct ListValue;
struct DictValue;
struct ObjectValue;
struct OptionalValue;
struct TupleValue;

/// A tensor variable. In-place operators write into it; views of it see the write (cell.h).
using TensorVar = std::shared_ptr<Cell>;

struct None {};
/// A value that a refused operator should have given. Whatever is built on it is poison too. `reason` is set where the
/// refusal is only due when the value is used (branches whose results do not fit together); it is reported once.
struct Poison { std::shared_ptr<std::string> reason; };
/// prim::Uninitialized: on a path that is never read.
struct Uninitialized { ts::TypePtr type; };
/// A float or bool decided at run time: a rank-0 tensor of float64 or bool.
struct RuntimeScalar { Tensor tensor; };

struct Value {
  using Data = std::variant<None, Poison, Uninitialized, bool, Dim, double, std::complex<double>, std::string,
                            RuntimeScalar, TensorVar, std::shared_ptr<ListValue>, std::shared_ptr<TupleValue>,
                            std::shared_ptr<DictValue>, std::shared_ptr<ObjectValue>, std::shared_ptr<OptionalValue>,
                            ts::Device, std::shared_ptr<ts::Enum>, ts::FunctionRef,
                            std::shared_ptr<ts::QuantizedTensor>, std::shared_ptr<ts::Packed>>;
  Data data;

  Value() : data(None{}) {}
  template <class T>
    requires std::constructible_from<Data, T>
  Value(T value) : data(std::move(value)) {}
  Value(int64_t value) : data(Dim(value)) {}
  Value(int value) : data(Dim(value)) {}
  Value(const char* value) : data(std::string(value)) {}
  Value(Tensor tensor);                     ///< a fresh variable holding it
  Value(std::vector<Tensor> tensors);       ///< a list of fresh variables

  template <class T> bool is() const { return std::holds_alternative<T>(data); }
  template <class T> const T* as() const { return std::get_if<T>(&data); }
  bool isNone() const { return is<None>(); }
  bool isPoison() const { return is<Poison>(); }
  bool isTensor() const { return is<TensorVar>(); }
};

/// A list: items while its length is static; an ONNX sequence once a run decides its length (scalars in it are rank-0
/// tensors), or one list for each part of an element, where the elements are containers of one form. Lists are shared, as
/// in Python: who changes one calls CallHost::willChange first.
struct ListValue {
  ts::TypePtr elementType;
  std::vector<Value> items;
  Tensor sequence;  ///< an ir::Value of sequence type; items are empty then
  uint64_t birth = nextSerial();  ///< 0: part of the program itself
  Value form;       ///< a container like the elements: items are the columns then, lists that are never changed in place
  bool isColumns() const { return !form.isNone(); }
  bool isSequence() const { return sequence || isColumns(); }  ///< a run decides its length
};
struct TupleValue {
  std::vector<Value> items;
  ts::TypePtr type;  ///< set for a NamedTuple
};
struct DictValue {
  ts::TypePtr keyType, valueType;
  std::vector<std::pair<Value, Value>> items;  ///< insertion order; keys are static
  uint64_t birth = nextSerial();
  bool disordered = false;  ///< a run decides in which order the keys came
};
/// A module or class instance. Attributes are made from the program's object when first asked for.
struct ObjectValue {
  std::shared_ptr<const ts::Object> source;  ///< null for an instance created while walking
  std::string typeName;
  std::string path;  ///< `encoder.layers.0`; names its parameters
  std::map<std::string, Value> attributes;
  uint64_t birth = nextSerial();
};
/// An Optional decided at run time.
struct OptionalValue {
  Tensor present;  ///< rank-0 bool
  Value value;     ///< a placeholder where absent
  bool isEntry = false;  ///< of a dict: a run decides whether the key is there
};

/// A tuple of results, for operators with several.
using Results = std::vector<Value>;

}  // namespace deploytool::exporter
