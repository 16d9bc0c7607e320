#include "export/static_value.h"

namespace deploytool::exporter {

namespace {

struct ToStatic {
  Heap& heap;
  using Maybe = std::optional<ts::Value>;

  Maybe items(const std::vector<Value>& from, std::vector<ts::Value>& to) const {
    for (const Value& item : from) {
      Maybe value = toStatic(item, heap);
      if (!value) return {};
      to.push_back(std::move(*value));
    }
    return ts::Value{};
  }

  Maybe operator()(const None&) const { return ts::Value{}; }
  Maybe operator()(const Dim& dim) const {
    if (auto literal = dim.asLiteral()) return ts::Value{*literal};
    return {};
  }
  Maybe operator()(const TensorVar& cell) const {
    const Tensor content = heap.read(cell);
    if (!content.isConstant()) return {};
    return ts::Value{content.constant()};
  }
  Maybe operator()(const std::shared_ptr<ListValue>& list) const {
    if (list->isSequence()) return {};
    auto result = std::make_shared<ts::List>();
    result->elementType = list->elementType;
    if (!items(list->items, result->items)) return {};
    return ts::Value{result};
  }
  Maybe operator()(const std::shared_ptr<TupleValue>& tuple) const {
    auto result = std::make_shared<ts::Tuple>();
    result->type = tuple->type;
    if (!items(tuple->items, result->items)) return {};
    return ts::Value{result};
  }
  Maybe operator()(const std::shared_ptr<DictValue>& dict) const {
    auto result = std::make_shared<ts::Dict>();
    result->keyType = dict->keyType;
    result->valueType = dict->valueType;
    for (const auto& [key, value] : dict->items) {
      Maybe k = toStatic(key, heap), v = toStatic(value, heap);
      if (!k || !v) return {};
      result->items.emplace_back(std::move(*k), std::move(*v));
    }
    return ts::Value{result};
  }
  Maybe operator()(const Poison&) const { return {}; }
  Maybe operator()(const Uninitialized&) const { return {}; }
  Maybe operator()(const RuntimeScalar&) const { return {}; }
  Maybe operator()(const std::shared_ptr<ObjectValue>&) const { return {}; }
  Maybe operator()(const std::shared_ptr<OptionalValue>&) const { return {}; }
  template <class T>
  Maybe operator()(const T& same) const {
    return ts::Value{same};
  }
};

struct FromStatic {
  Value operator()(const std::monostate&) const { return None{}; }
  Value operator()(const int64_t& integer) const { return Dim(integer); }
  Value operator()(const ir::TensorPtr& tensor) const { return Tensor(tensor); }
  Value operator()(const std::shared_ptr<ts::List>& list) const {
    auto result = std::make_shared<ListValue>();
    result->elementType = list->elementType;
    for (const ts::Value& item : list->items) result->items.push_back(fromStatic(item));
    return result;
  }
  Value operator()(const std::shared_ptr<ts::Tuple>& tuple) const {
    auto result = std::make_shared<TupleValue>();
    result->type = tuple->type;
    for (const ts::Value& item : tuple->items) result->items.push_back(fromStatic(item));
    return result;
  }
  Value operator()(const std::shared_ptr<ts::Dict>& dict) const {
    auto result = std::make_shared<DictValue>();
    result->keyType = dict->keyType;
    result->valueType = dict->valueType;
    for (const auto& [key, value] : dict->items) result->items.emplace_back(fromStatic(key), fromStatic(value));
    return result;
  }
  Value operator()(const std::shared_ptr<ts::Object>&) const { return Poison{}; }  // Interpreter::fromProgram knows them
  template <class T>
  Value operator()(const T& same) const {
    return same;
  }
};

}  // namespace

std::optional<ts::Value> toStatic(const Value& value, Heap& heap) { return std::visit(ToStatic{heap}, value.data); }
Value fromStatic(const ts::Value& value) { return std::visit(FromStatic{}, value.data); }

}  // namespace deploytool::exporter
