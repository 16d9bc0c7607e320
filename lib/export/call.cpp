// Arguments of a call by name, and dtype promotion.
#include "export/call.h"

#include <algorithm>

#include "export/cell.h"
#include "export/scalar_types.h"

namespace deploytool::exporter {

namespace {

const Value kNone;

std::string quoted(std::string_view name) { return fmt::format("argument '{}'", name); }

}  // namespace

void Call::refuse(std::string reason) const { throw Refusal{std::move(reason)}; }
void Call::note(std::string text) const { host_.note(std::move(text)); }

const Value& Call::arg(std::string_view name) const {
  for (size_t i = 0; i < schema_.arguments.size() && i < arguments_.size(); ++i)
    if (schema_.arguments[i].name == name) return arguments_[i];
  return kNone;
}

Tensor Call::read(const Value& value) const {
  if (const auto* cell = value.as<TensorVar>()) return host_.read(*cell);
  if (const auto* scalar = value.as<RuntimeScalar>()) return scalar->tensor;
  if (const auto* flag = value.as<bool>()) return b.scalar(DType::Bool, *flag);
  if (const auto* number = value.as<double>()) return b.scalar(DType::Float32, *number);
  if (const auto* integer = value.as<Dim>()) return b.dim(*integer);
  refuse("a tensor or number is needed here");
}

Tensor Call::tensor(std::string_view name) const {
  const Value& value = arg(name);
  if (value.isNone()) refuse(quoted(name) + " is None");
  if (!value.isTensor() && !value.is<Dim>() && !value.is<double>() && !value.is<bool>() && !value.is<RuntimeScalar>())
    refuse(quoted(name) + " is not a tensor");
  return read(value);
}

std::optional<Tensor> Call::optTensor(std::string_view name) const {
  if (!has(name)) return {};
  if (arg(name).is<std::shared_ptr<OptionalValue>>())
    throw Refusal{quoted(name) + " is None or a tensor, decided at run time", std::string(name)};
  return tensor(name);
}

std::vector<std::optional<Tensor>> Call::optTensors(std::string_view name) const {
  std::vector<std::optional<Tensor>> result;
  const auto items = [&](const std::vector<Value>& values) {
    for (const Value& value : values)
      result.push_back(value.isNone() ? std::optional<Tensor>() : std::optional<Tensor>(read(value)));
  };
  const Value& value = arg(name);
  if (const auto* list = value.as<std::shared_ptr<ListValue>>()) {
    if ((*list)->isSequence()) refuse(quoted(name) + " is a list whose length is decided at run time");
    items((*list)->items);
  } else if (const auto* tuple = value.as<std::shared_ptr<TupleValue>>()) {
    items((*tuple)->items);
  } else if (!value.isNone()) {
    refuse(quoted(name) + " is not a list of tensors");
  }
  return result;
}

Tensors Call::tensors(std::string_view name) const {
  Tensors result;
  for (const auto& item : optTensors(name)) {
    if (!item) refuse(quoted(name) + " holds None");
    result.push_back(*item);
  }
  return result;
}

Dim Call::dim(std::string_view name) const {
  const Value& value = arg(name);
  if (const auto* integer = value.as<Dim>()) return *integer;
  if (const auto* flag = value.as<bool>()) return *flag ? 1 : 0;
  if (const auto* cell = value.as<TensorVar>()) return b.toDim(host_.read(*cell));
  if (const auto* number = value.as<double>(); number && *number == static_cast<double>(static_cast<int64_t>(*number)))
    return static_cast<int64_t>(*number);
  refuse(quoted(name) + " is not an integer");
}

int64_t Call::integer(std::string_view name) const {
  const Dim value = dim(name);
  if (auto literal = value.asLiteral()) return *literal;
  refuse(fmt::format("{} must be known when exporting, but it is {}", quoted(name), value.text()));
}

Dims Call::dims(std::string_view name) const {
  const Value& value = arg(name);
  Dims result;
  const auto add = [&](const Value& item) {
    if (const auto* integer = item.as<Dim>()) result.push_back(*integer);
    else if (const auto* cell = item.as<TensorVar>()) result.push_back(b.toDim(host_.read(*cell)));
    else if (const auto* flag = item.as<bool>()) result.push_back(*flag ? 1 : 0);
    else refuse(quoted(name) + " is not a list of integers");
  };
  if (const auto* list = value.as<std::shared_ptr<ListValue>>()) {
    if ((*list)->isSequence()) refuse(quoted(name) + " is a list whose length is decided at run time");
    for (const Value& item : (*list)->items) add(item);
  } else if (const auto* tuple = value.as<std::shared_ptr<TupleValue>>()) {
    for (const Value& item : (*tuple)->items) add(item);
  } else if (const auto* cell = value.as<TensorVar>()) {
    const auto elements = host_.read(*cell).elements();
    if (!elements) refuse(quoted(name) + " is a tensor whose contents are computed at run time");
    result = *elements;
  } else {
    add(value);
  }
  return result;
}

std::vector<int64_t> Call::integers(std::string_view name) const {
  std::vector<int64_t> result;
  if (!has(name)) return result;
  for (const Dim& item : dims(name)) {
    auto literal = item.asLiteral();
    if (!literal) refuse(fmt::format("{} must be known when exporting, but it holds {}", quoted(name), item.text()));
    result.push_back(*literal);
  }
  return result;
}

std::vector<int64_t> Call::integers(std::string_view name, size_t count) const {
  std::vector<int64_t> result = integers(name);
  if (result.size() == 1) result.resize(count, result[0]);
  return result;
}

double Call::number(std::string_view name) const {
  const Value& value = arg(name);
  if (const auto* number = value.as<double>()) return *number;
  if (const auto* integer = value.as<Dim>(); integer && integer->isLiteral())
    return static_cast<double>(integer->literal());
  if (const auto* flag = value.as<bool>()) return *flag;
  if (const auto* cell = value.as<TensorVar>()) {
    const Tensor content = host_.read(*cell);
    if (content.isConstant() && content.constant()->numel() == 1) return content.constant()->toDoubles()[0];
  }
  refuse(quoted(name) + " must be a number known when exporting");
}

std::vector<double> Call::numbers(std::string_view name) const {
  std::vector<double> result;
  const auto* list = arg(name).as<std::shared_ptr<ListValue>>();
  if (!list) return result;
  for (const Value& item : (*list)->items) {
    if (const auto* number = item.as<double>()) result.push_back(*number);
    else if (const auto* integer = item.as<Dim>(); integer && integer->isLiteral())
      result.push_back(static_cast<double>(integer->literal()));
    else refuse(quoted(name) + " must hold numbers known when exporting");
  }
  return result;
}

bool Call::boolean(std::string_view name) const {
  const Value& value = arg(name);
  if (const auto* flag = value.as<bool>()) return *flag;
  if (const auto* integer = value.as<Dim>(); integer && integer->isLiteral()) return integer->literal() != 0;
  if (value.isNone()) return false;
  throw Refusal{quoted(name) + " must be known when exporting", std::string(name)};
}

std::string Call::text(std::string_view name) const {
  if (const auto* text = arg(name).as<std::string>()) return *text;
  refuse(quoted(name) + " is not a string");
}

std::optional<DType> Call::dtype(std::string_view name) const {
  if (!has(name)) return {};
  const auto result = fromScalarType(integer(name));
  if (!result) refuse(quoted(name) + " is an element type that ONNX does not have");
  return result;
}

int64_t Call::axis(std::string_view name, int64_t rank) const {
  const int64_t value = integer(name);
  const int64_t extent = std::max<int64_t>(rank, 1);
  if (value < -extent || value >= extent) refuse(fmt::format("{} is {}, out of range for rank {}", quoted(name), value, rank));
  return value < 0 ? value + extent : value;
}

std::vector<int64_t> Call::axes(std::string_view name, int64_t rank) const {
  std::vector<int64_t> result = integers(name);
  if (result.empty())
    for (int64_t i = 0; i < rank; ++i) result.push_back(i);
  for (int64_t& value : result) {
    if (value < 0) value += std::max<int64_t>(rank, 1);
    if (value < 0 || value >= std::max<int64_t>(rank, 1)) refuse(quoted(name) + " is out of range");
  }
  if (rank == 0) result.clear();
  return result;
}

bool Call::isWrappedNumber(std::string_view name) const {
  const Value& value = arg(name);
  if (const auto* cell = value.as<TensorVar>()) return (*cell)->wrappedNumber;
  return value.is<Dim>() || value.is<double>() || value.is<bool>() || value.is<RuntimeScalar>();
}

DType Call::promoted(std::initializer_list<std::string_view> names) const {
  // torch.result_type: tensors with dims decide before rank-0 tensors, and those before numbers, unless the latter are
  // of a higher category (bool < integer < floating < complex).
  DType dimensioned = DType::Undefined, zeroDim = DType::Undefined, wrapped = DType::Undefined;
  for (std::string_view name : names) {
    if (!has(name)) continue;
    const Tensor x = tensor(name);
    const bool isNumber = isWrappedNumber(name);
    DType& slot = isNumber ? wrapped : x.rank() == 0 ? zeroDim : dimensioned;
    // A Python float is a float64, but counts as torch's default dtype.
    slot = promoteTypes(slot, isNumber && ir::isFloating(x.dtype()) ? DType::Float32 : x.dtype());
  }
  return combineCategories(combineCategories(dimensioned, zeroDim), wrapped);
}

Tensors Call::promotedTensors(std::initializer_list<std::string_view> names) const {
  const DType dtype = promoted(names);
  Tensors result;
  for (std::string_view name : names) {
    const Value& value = arg(name);
    const bool isNumber = value.is<double>() || value.is<bool>() || (value.is<Dim>() && value.as<Dim>()->isLiteral());
    result.push_back(isNumber ? b.scalar(dtype, number(name)) : b.cast(tensor(name), dtype));
  }
  return result;
}

Value Call::list(const Tensors& tensors) const { return Value(tensors); }

int64_t Call::structural(const Dim& dim, std::string_view what) const {
  if (auto literal = dim.asLiteral()) return *literal;
  return host_.exampleSize(dim, what);
}

}  // namespace deploytool::exporter
