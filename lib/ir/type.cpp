// Types of values: construction, comparison, text.
#include "ir/graph.h"

namespace deploytool::ir {

Type Type::tensor(DType dtype, std::optional<Dims> dims) {
  Type type;
  type.kind = Kind::Tensor;
  type.dtype = dtype;
  type.dims = std::move(dims);
  return type;
}

Type Type::sequence(Type element) {
  Type type;
  type.kind = Kind::Sequence;
  type.element = std::make_shared<const Type>(std::move(element));
  return type;
}

Type Type::optional(Type element) {
  Type type = sequence(std::move(element));
  type.kind = Kind::Optional;
  return type;
}

bool operator==(const Type& a, const Type& b) {
  if (a.kind != b.kind || a.dtype != b.dtype || a.dims != b.dims || a.opaque != b.opaque || a.denotation != b.denotation ||
      a.axisDenotations != b.axisDenotations) {
    return false;
  }
  if (!a.element || !b.element) return !a.element && !b.element;
  return a.element == b.element || *a.element == *b.element;
}

std::string text(const Type& type) {
  const std::string element = type.element ? text(*type.element) : "unknown";
  switch (type.kind) {
    case Type::Kind::Tensor: {
      std::string out(dtypeName(type.dtype));
      return type.dims ? out + text(*type.dims) : out;
    }
    case Type::Kind::Sequence: return "seq(" + element + ")";
    case Type::Kind::Optional: return "optional(" + element + ")";
    case Type::Kind::Opaque: return "opaque";
    case Type::Kind::Unknown: break;
  }
  return "unknown";
}

}  // namespace deploytool::ir
