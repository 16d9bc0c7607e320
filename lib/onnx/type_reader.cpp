// Types of values: tensors with dims, sequences, optionals; other kinds are carried encoded.
#include "onnx/fields.h"
#include "onnx/read_context.h"

namespace deploytool::onnx_io {
namespace {

using ir::Type;

// A dim: a number, a name, or unknown (then `unknown` counts up, so that each is itself).
bool readDim(std::string_view message, ir::Dim& dim, bool& known, std::string& denotation) {
  wire::Scanner scanner(message);
  for (wire::Field field; scanner.next(field);) {
    if (field.number == field::dim::kValue && field.type == wire::kVarint) {
      dim = ir::Dim(field.asInt());
      known = field.asInt() >= 0;  // some writers put -1 for unknown
    } else if (field.number == field::dim::kParameter && !field.bytes.empty() && field.bytes[0] != '?') {
      dim = ir::Dim::symbol(std::string(field.bytes));
      known = true;
    } else if (field.number == field::dim::kDenotation) {
      denotation = field.bytes;
    }
  }
  return !scanner.failed();
}

}  // namespace

bool ReadContext::readDims(std::string_view message, Type& type) {
  type.dims.emplace();
  wire::Scanner scanner(message);
  for (wire::Field field; scanner.next(field);) {
    if (field.number != field::shape::kDim) continue;
    ir::Dim dim;
    bool known = false;
    std::string denotation;
    if (!readDim(field.bytes, dim, known, denotation)) return malformed("dim");
    if (!denotation.empty()) {
      type.axisDenotations.resize(type.dims->size() + 1);
      type.axisDenotations.back() = std::move(denotation);
    }
    type.dims->push_back(known ? std::move(dim) : unknownDims_.fresh());
  }
  return !scanner.failed() || malformed("shape");
}

bool ReadContext::readTensorType(std::string_view message, Type& type) {
  type.kind = Type::Kind::Tensor;
  wire::Scanner scanner(message);
  for (wire::Field field; scanner.next(field);) {
    if (field.number == field::tensor_type::kElementType) {
      const int64_t number = field.asInt();
      if (number < 0 || number > 255) return fail("element type " + std::to_string(number) + " does not exist");
      if (number > static_cast<int64_t>(ir::DType::BFloat16)) {
        type = {};
        type.kind = Type::Kind::Opaque;  // the caller fills in the encoded type
        return true;
      }
      type.dtype = static_cast<ir::DType>(number);
    } else if (field.number == field::tensor_type::kShape) {
      if (!readDims(field.bytes, type)) return false;
    }
  }
  return !scanner.failed() || malformed("tensor type");
}

bool ReadContext::readContainerType(std::string_view message, Type& type, int depth) {
  Type element;
  wire::Scanner scanner(message);
  for (wire::Field field; scanner.next(field);) {
    if (field.number == field::container_type::kElementType && !readType(field.bytes, element, depth + 1)) return false;
  }
  if (scanner.failed()) return malformed("type");
  type.element = std::make_shared<const Type>(std::move(element));
  return true;
}

bool ReadContext::readType(std::string_view message, Type& type, int depth) {
  if (depth > kMaxTypeDepth) return fail("types are nested too deeply");
  type = {};
  std::string denotation;
  bool other = false;
  wire::Scanner scanner(message);
  for (wire::Field field; scanner.next(field);) {
    switch (field.number) {
      case field::type::kTensor:
        if (!readTensorType(field.bytes, type)) return false;
        break;
      case field::type::kSequence:
      case field::type::kOptional:
        type.kind = field.number == field::type::kSequence ? Type::Kind::Sequence : Type::Kind::Optional;
        if (!readContainerType(field.bytes, type, depth)) return false;
        break;
      case field::type::kDenotation: denotation = field.bytes; break;
      default: other = true; break;
    }
  }
  if (scanner.failed()) return malformed("type");
  if (other || type.kind == Type::Kind::Opaque) {
    type = {};
    type.kind = Type::Kind::Opaque;
    type.opaque = message;
  } else {
    type.denotation = std::move(denotation);
  }
  return true;
}

}  // namespace deploytool::onnx_io
