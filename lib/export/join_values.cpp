// Values across the border of a subgraph: pictures, flattening, rebuilding.
#include <algorithm>

#include "export/complex.h"
#include "export/join.h"

namespace deploytool::exporter {

namespace {

using Kind = Joined::Kind;

struct PictureOf {
  Heap& heap;
  Picture& picture;

  void parts(const std::vector<Value>& items) const {
    for (const Value& item : items) picture.parts.push_back(takePicture(item, heap));
  }
  void operator()(const TensorVar& cell) const { picture.content = heap.read(cell); }
  void operator()(const RuntimeScalar& scalar) const { picture.content = scalar.tensor; }
  void operator()(const std::shared_ptr<ListValue>& list) const {
    picture.content = list->sequence;
    picture.form = list->form;
    parts(list->items);
  }
  void operator()(const std::shared_ptr<TupleValue>& tuple) const { parts(tuple->items); }
  void operator()(const std::shared_ptr<DictValue>& dict) const {
    picture.disordered = dict->disordered;
    for (const auto& [key, item] : dict->items) {
      picture.keys.push_back(key);
      picture.parts.push_back(takePicture(item, heap));
    }
  }
  void operator()(const std::shared_ptr<ObjectValue>& object) const {
    if (object->source) return;  // of the program: its identity is all that matters
    for (const auto& [name, item] : object->attributes) {
      picture.keys.emplace_back(name);
      picture.parts.push_back(takePicture(item, heap));
    }
  }
  void operator()(const std::shared_ptr<OptionalValue>& optional) const {
    picture.content = optional->present;
    picture.parts.push_back(takePicture(optional->value, heap));
  }
  template <class T>
  void operator()(const T&) const {}
};

/// A value that a subgraph may give out: made by one of its own nodes, each only once.
ir::Value* own(const Tensor& tensor, Builder& builder, const std::vector<ir::Value*>& taken) {
  ir::Value* value = builder.use(tensor);
  const bool isTaken = std::find(taken.begin(), taken.end(), value) != taken.end();
  if (value->producer() && &value->graph() == &builder.graph() && !isTaken) return value;
  if (value->type.kind != ir::Type::Kind::Sequence || builder.opset() >= 14) return builder.op("Identity", {value}).value();
  // Identity takes sequences from opset 14 on: before, an element goes in and out again.
  const ir::Type& element = *value->type.element;
  const Tensor filler = builder.full(element.dtype, Dims(element.dims ? element.dims->size() : 0, Dim(1)), 0);
  const Tensor longer = builder.op("SequenceInsert", {value, filler, builder.int64(0)});
  return builder.op("SequenceErase", {longer, builder.int64(0)}).value();
}

Dims placeholderDims(const Joined& joined, const Builder& builder) {
  Dims dims;
  for (const auto& dim : joined.dims) dims.push_back(dim && builder.isVisible(*dim) ? *dim : Dim(0));
  return dims;
}

Tensor sequenceOf(const Joined& joined, const Picture& picture, Builder& builder) {
  if (picture.content) return picture.content;
  Tensors items;
  for (const Picture& part : picture.parts) {
    if (part.content) items.push_back(part.content);
    else if (const auto* dim = part.value.as<Dim>()) items.push_back(builder.dim(*dim));
    else if (const auto* number = part.value.as<double>()) items.push_back(builder.scalar(DType::Float64, *number));
    else if (const auto* flag = part.value.as<bool>()) items.push_back(builder.scalar(DType::Bool, *flag));
    else throw Refusal{"a list that grows at run time holds something other than tensors and numbers"};
  }
  if (!items.empty()) return builder.op("SequenceConstruct", items);
  return builder.op("SequenceEmpty", {}, {{"dtype", static_cast<int64_t>(joined.dtype)}});
}

Tensor complexFor(const Joined& joined, const Picture& picture, Builder& builder, bool absent) {
  if (!absent) return packComplex(builder, picture.content);
  Dims dims = placeholderDims(joined, builder);
  dims.push_back(2);
  return builder.full(realDType(joined.dtype), dims, 0);
}

Tensor tensorFor(const Joined& joined, const Picture& picture, Builder& builder) {
  const Value& value = picture.value;
  const bool absent = value.isNone() || value.is<Uninitialized>();
  switch (joined.kind) {
    case Kind::Tensor:
      if (ir::isComplex(joined.dtype)) return complexFor(joined, picture, builder, absent);
      return absent ? builder.full(joined.dtype, placeholderDims(joined, builder), 0) : picture.content;
    case Kind::Int:
      return builder.dim(absent ? Dim(0) : *value.as<Dim>());
    case Kind::Float:
      return picture.content ? picture.content : builder.scalar(DType::Float64, absent ? 0 : *value.as<double>());
    case Kind::Bool:
      return picture.content ? picture.content : builder.scalar(DType::Bool, absent ? 0 : *value.as<bool>());
    default:
      return sequenceOf(joined, picture, builder);
  }
}

ir::Type typeFor(const Joined& joined, Builder& builder) {
  Dims dims;
  for (const auto& dim : joined.dims) dims.push_back(dim ? *dim : builder.symbols().fresh());
  switch (joined.kind) {
    case Kind::Tensor:
      if (!ir::isComplex(joined.dtype)) return ir::Type::tensor(joined.dtype, dims);
      dims.push_back(2);
      return ir::Type::tensor(realDType(joined.dtype), dims);
    case Kind::Int: return ir::Type::tensor(DType::Int64, Dims{});
    case Kind::Float: return ir::Type::tensor(DType::Float64, Dims{});
    case Kind::Bool: return ir::Type::tensor(DType::Bool, Dims{});
    default: return ir::Type::sequence(ir::Type::tensor(joined.dtype, dims));
  }
}

bool isFlat(Kind kind) {
  return kind == Kind::Tensor || kind == Kind::Int || kind == Kind::Float || kind == Kind::Bool || kind == Kind::Sequence;
}

Value rebuildFlat(const Joined& joined, Builder& builder, const std::function<ir::Value*(const ir::Type&)>& next) {
  ir::Value* value = next(typeFor(joined, builder));
  switch (joined.kind) {
    case Kind::Tensor:
      builder.bindDims(value);
      return ir::isComplex(joined.dtype) ? unpackComplex(builder, Tensor(value)) : Tensor(value);
    case Kind::Int: {
      const Dim symbol = builder.symbols().fresh(joined.nonNegative);
      builder.bind(*symbol.asSymbol(), {value, -1});
      value->elements = Dims{symbol};
      return symbol;
    }
    case Kind::Sequence: {
      auto list = std::make_shared<ListValue>();
      if (const auto* old = joined.same.value.as<std::shared_ptr<ListValue>>()) list->elementType = (*old)->elementType;
      list->sequence = value;
      return list;
    }
    default:
      return RuntimeScalar{value};
  }
}

Value rebuildContainer(const Joined& joined, std::vector<Value> parts) {
  const Value& model = joined.same.value;
  switch (joined.kind) {
    case Kind::List: {
      auto list = std::make_shared<ListValue>();
      list->elementType = (*model.as<std::shared_ptr<ListValue>>())->elementType;
      list->items = std::move(parts);
      list->form = joined.same.form;
      return list;
    }
    case Kind::Tuple: {
      auto tuple = std::make_shared<TupleValue>();
      tuple->type = (*model.as<std::shared_ptr<TupleValue>>())->type;
      tuple->items = std::move(parts);
      return tuple;
    }
    case Kind::Dict: {
      auto dict = std::make_shared<DictValue>();
      dict->keyType = (*model.as<std::shared_ptr<DictValue>>())->keyType;
      dict->valueType = (*model.as<std::shared_ptr<DictValue>>())->valueType;
      for (size_t i = 0; i < parts.size(); ++i) dict->items.emplace_back(joined.same.keys[i], parts[i]);
      dict->disordered = joined.same.disordered;
      return dict;
    }
    default: {
      auto object = std::make_shared<ObjectValue>();
      object->typeName = (*model.as<std::shared_ptr<ObjectValue>>())->typeName;
      for (size_t i = 0; i < parts.size(); ++i) object->attributes[*joined.same.keys[i].as<std::string>()] = parts[i];
      return object;
    }
  }
}

}  // namespace

Picture takePicture(const Value& value, Heap& heap) {
  Picture picture;
  picture.value = value;
  std::visit(PictureOf{heap, picture}, value.data);
  return picture;
}

Picture takePicture(const Place& place, Heap& heap) {
  Picture picture;
  if (const auto* cell = std::get_if<TensorVar>(&place)) picture = takePicture(Value(*cell), heap);
  else if (const auto* list = std::get_if<std::shared_ptr<ListValue>>(&place)) picture = takePicture(Value(*list), heap);
  else if (const auto* dict = std::get_if<std::shared_ptr<DictValue>>(&place)) picture = takePicture(Value(*dict), heap);
  else if (const auto* attribute = std::get_if<std::pair<std::shared_ptr<ObjectValue>, std::string>>(&place)) {
    auto it = attribute->first->attributes.find(attribute->second);
    return takePicture(it == attribute->first->attributes.end() ? Value(Uninitialized{}) : it->second, heap);
  }
  picture.contents = true;
  return picture;
}

void flatten(const Joined& joined, const Picture& picture, Builder& builder, std::vector<ir::Value*>& values) {
  if (joined.kind == Kind::Same || joined.kind == Kind::Conflict) return;
  if (isFlat(joined.kind)) {
    values.push_back(own(tensorFor(joined, picture, builder), builder, values));
    return;
  }
  if (joined.kind == Kind::Optional) {
    const Picture& inside = insideOf(joined, picture);
    const bool absent = picture.value.is<Uninitialized>() || (picture.value.isNone() && !isEntry(joined.same.value));
    values.push_back(own(&inside != &picture ? picture.content : builder.scalar(DType::Bool, !absent), builder, values));
    flatten(joined.parts[0], inside, builder, values);
    return;
  }
  if (const Value& form = joined.same.form; !form.isNone() && picture.form.isNone() && !picture.parts.empty())
    return flatten(joined, byColumns(picture, form).value(), builder, values);
  if (joined.kind == Kind::Dict && hasRuntimeKeys(joined.same.keys) && picture.value.is<std::shared_ptr<DictValue>>() &&
      !hasRuntimeKeys(picture.keys))
    return flatten(joined, runtimeDict(picture), builder, values);
  for (size_t i = 0; i < joined.parts.size(); ++i) flatten(joined.parts[i], partOf(joined, picture, i), builder, values);
}

Value rebuild(const Joined& joined, Builder& builder, const std::function<ir::Value*(const ir::Type&)>& next) {
  if (joined.kind == Kind::Conflict) return Poison{std::make_shared<std::string>(joined.conflict)};
  if (joined.kind == Kind::Same) return joined.same.value;
  if (isFlat(joined.kind)) return rebuildFlat(joined, builder, next);
  if (joined.kind == Kind::Optional) {
    auto optional = std::make_shared<OptionalValue>();
    optional->present = next(ir::Type::tensor(DType::Bool, Dims{}));
    optional->value = rebuild(joined.parts[0], builder, next);
    optional->isEntry = isEntry(joined.same.value);
    return optional;
  }
  std::vector<Value> parts;
  for (const Joined& part : joined.parts) parts.push_back(rebuild(part, builder, next));
  return rebuildContainer(joined, std::move(parts));
}

void assignPlace(const Place& place, const Joined& joined, const Value& value, Heap& heap) {
  if (joined.kind == Kind::Same) return;
  if (const auto* cell = std::get_if<TensorVar>(&place)) {
    if (const auto* content = value.as<TensorVar>()) heap.write(*cell, (*content)->content);
    else throw Refusal{"a tensor changed in place does not fit together on all paths: " + joined.conflict};
  } else if (const auto* list = std::get_if<std::shared_ptr<ListValue>>(&place)) {
    heap.willChange(*list);
    const auto* fresh = value.as<std::shared_ptr<ListValue>>();
    if (!fresh) throw Refusal{joined.conflict.empty() ? "a list changed in place does not fit together on all paths" : joined.conflict};
    (*list)->items = (*fresh)->items;
    (*list)->sequence = (*fresh)->sequence;
    (*list)->form = (*fresh)->form;
  } else if (const auto* dict = std::get_if<std::shared_ptr<DictValue>>(&place)) {
    heap.willChange(*dict);
    const auto* fresh = value.as<std::shared_ptr<DictValue>>();
    if (!fresh) throw Refusal{joined.conflict.empty() ? "a dict changed in place does not fit together on all paths" : joined.conflict};
    (*dict)->items = (*fresh)->items;
    (*dict)->disordered = (*fresh)->disordered;
  } else {
    const auto& [object, name] = std::get<std::pair<std::shared_ptr<ObjectValue>, std::string>>(place);
    heap.setAttribute(object, name, value);
  }
}

void putBack(const Place& place, const Picture& picture, Heap& heap) {
  std::vector<Value> items;
  for (const Picture& part : picture.parts) items.push_back(part.value);
  if (const auto* cell = std::get_if<TensorVar>(&place)) {
    heap.write(*cell, picture.content);
  } else if (const auto* list = std::get_if<std::shared_ptr<ListValue>>(&place)) {
    heap.willChange(*list);
    (*list)->items = std::move(items);
    (*list)->sequence = picture.content;
    (*list)->form = picture.form;
  } else if (const auto* dict = std::get_if<std::shared_ptr<DictValue>>(&place)) {
    heap.willChange(*dict);
    (*dict)->items.clear();
    for (size_t i = 0; i < items.size(); ++i) (*dict)->items.emplace_back(picture.keys[i], items[i]);
    (*dict)->disordered = picture.disordered;
  } else {
    const auto& [object, name] = std::get<std::pair<std::shared_ptr<ObjectValue>, std::string>>(place);
    heap.setAttribute(object, name, picture.value);
  }
}

}  // namespace deploytool::exporter
