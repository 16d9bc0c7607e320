// Types and look-ups of a ts::Program; compiled into the core, without libtorch.
#include "torchscript/program.h"

#include <algorithm>

namespace deploytool::ts {

namespace {

using Kind = Type::Kind;

std::string joined(const std::vector<TypePtr>& types) {
  std::string result;
  for (const auto& type : types) result += (result.empty() ? "" : ", ") + text(*type);
  return result;
}

const char* atomName(Kind kind) {
  switch (kind) {
    case Kind::Any: return "Any";
    case Kind::None: return "NoneType";
    case Kind::Tensor: return "Tensor";
    case Kind::Int: return "int";
    case Kind::Float: return "float";
    case Kind::Bool: return "bool";
    case Kind::Complex: return "complex";
    case Kind::Number: return "number";
    case Kind::String: return "str";
    case Kind::Device: return "Device";
    case Kind::Generator: return "Generator";
    case Kind::Layout: return "Layout";
    case Kind::Stream: return "Stream";
    case Kind::Storage: return "Storage";
    case Kind::List: return "List";
    case Kind::Tuple: return "Tuple";
    case Kind::Dict: return "Dict";
    case Kind::Optional: return "Optional";
    case Kind::Union: return "Union";
    case Kind::Future: return "Future";
    case Kind::Function: return "Function";
    case Kind::Capsule: return "Capsule";
    default: return "?";
  }
}

bool sameElements(const Type& a, const Type& b) {
  return a.elements.size() == b.elements.size() &&
         std::equal(a.elements.begin(), a.elements.end(), b.elements.begin(),
                    [](const TypePtr& x, const TypePtr& y) { return text(*x) == text(*y); });
}

bool isAnyOf(const Type& sub, const std::vector<TypePtr>& supers) {
  return std::any_of(supers.begin(), supers.end(), [&](const TypePtr& super) { return isSubtype(sub, *super); });
}

bool allAre(const std::vector<TypePtr>& subs, const Type& super) {
  return std::all_of(subs.begin(), subs.end(), [&](const TypePtr& sub) { return isSubtype(*sub, super); });
}

bool isTupleSubtype(const Type& sub, const Type& super) {
  if (!super.name.empty() && super.name != sub.name) return false;
  return sub.elements.size() == super.elements.size() &&
         std::equal(sub.elements.begin(), sub.elements.end(), super.elements.begin(),
                    [](const TypePtr& x, const TypePtr& y) { return isSubtype(*x, *y); });
}

/// `list` and `tuple` without element types, as isinstance() asks for them.
bool isBareContainer(const Type& sub, const Type& super) {
  if (super.name == "list" || super.name == "List[t]") return sub.kind == Kind::List;
  if (super.name == "tuple") return sub.kind == Kind::Tuple;
  return sub.kind == Kind::Other && sub.name == super.name;
}

}  // namespace

std::string text(const Type& type) {
  if (!type.name.empty()) return type.name;
  if (type.kind == Kind::Tuple && type.elements.empty()) return "Tuple[()]";
  if (type.elements.empty()) return atomName(type.kind);
  return std::string(atomName(type.kind)) + "[" + joined(type.elements) + "]";
}

bool isSubtype(const Type& sub, const Type& super) {
  if (super.kind == Kind::Any) return true;
  if (sub.kind == Kind::Union) return allAre(sub.elements, super);
  if (sub.kind == Kind::Optional) {
    static const Type none{Kind::None, {}, {}, {}};
    return isSubtype(none, super) && allAre(sub.elements, super);
  }
  switch (super.kind) {
    case Kind::Optional: return sub.kind == Kind::None || isAnyOf(sub, super.elements);
    case Kind::Union: return isAnyOf(sub, super.elements);
    case Kind::Number:
      return sub.kind == Kind::Number || sub.kind == Kind::Int || sub.kind == Kind::Float || sub.kind == Kind::Complex;
    case Kind::Tuple: return sub.kind == Kind::Tuple && isTupleSubtype(sub, super);
    case Kind::List:
    case Kind::Dict:
    case Kind::Future: return sub.kind == super.kind && sameElements(sub, super);
    case Kind::Interface: return sub.kind == Kind::Class || sub.kind == Kind::Module || sub.name == super.name;
    case Kind::Class:
    case Kind::Module:
    case Kind::Enum: return sub.kind == super.kind && sub.name == super.name;
    case Kind::Other: return isBareContainer(sub, super);
    default: return sub.kind == super.kind;
  }
}

std::string SourceLocation::text() const {
  std::string result = file;
  if (line > 0) result += (result.empty() ? "line " : ":") + std::to_string(line);
  if (!function.empty()) result += (result.empty() ? "in " : " in ") + function;
  return result;
}

const Function* Program::method(const Object& object, const std::string& name) const {
  auto it = functions.find(object.typeName + "." + name);
  return it == functions.end() ? nullptr : it->second.get();
}

}  // namespace deploytool::ts
