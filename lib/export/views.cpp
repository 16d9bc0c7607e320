// Writing through a view: the base's new content.
#include <fmt/core.h>

#include <numeric>

#include "export/complex.h"
#include "export/interpreter.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter {

namespace {

struct Assignment {
  Builder& b;
  Call& call;
  const Tensor& base;
  const Tensor& content;
};

Tensor inverseReshape(const Assignment& a) { return a.b.reshape(a.content, a.base.dims()); }
Tensor same(const Assignment& a) { return a.b.cast(a.content, a.base.dtype()); }

Tensor inverseTranspose(const Assignment& a) {
  const int64_t rank = a.base.rank();
  return a.b.swapAxes(a.content, a.call.axis("dim0", rank), a.call.axis("dim1", rank));
}

Tensor inverseT(const Assignment& a) { return a.base.rank() < 2 ? a.content : a.b.swapAxes(a.content, 0, 1); }

Tensor inversePermute(const Assignment& a) {
  const auto dims = a.call.axes("dims", a.base.rank());
  std::vector<int64_t> inverse(dims.size());
  for (size_t i = 0; i < dims.size(); ++i) inverse.at(static_cast<size_t>(dims[i])) = static_cast<int64_t>(i);
  return a.b.transpose(a.content, inverse);
}

/// base[:start] + content + base[start + length:], along `axis`.
Tensor replaceRange(const Assignment& a, int64_t axis, const Dim& start, const Dim& length, const Tensor& piece) {
  if (start == Dim(0) && length == a.base.dim(axis)) return piece;
  const Dim end = start + length;
  Tensors parts;
  if (start != Dim(0)) parts.push_back(a.b.slice(a.base, axis, 0, start));
  parts.push_back(piece);
  if (end != a.base.dim(axis)) parts.push_back(a.b.slice(a.base, axis, end, INT64_MAX));
  Tensor result = a.b.concat(parts, axis);
  if (result.value()) result.value()->type.dims = a.base.dims();
  return result;
}

std::optional<Tensor> assignSelect(const Assignment& a) {
  const int64_t axis = a.call.axis("dim", a.base.rank());
  Dim index = a.call.dim("index");
  if (!index.isNonNegative() && !index.asLiteral() && !index.asSymbol()) return {};
  index = ops::fromEnd(index, a.base.dim(axis));
  return replaceRange(a, axis, index, 1, a.b.unsqueeze(a.content, {axis}));
}

std::optional<Tensor> assignSlice(const Assignment& a) {
  const int64_t axis = a.call.axis("dim", a.base.rank());
  if (a.call.has("step") && a.call.dim("step") != Dim(1)) return {};
  Dim start = a.call.has("start") ? a.call.dim("start") : Dim(0);
  const Dim& size = a.base.dim(axis);
  if (auto literal = start.asLiteral(); literal && *literal < 0) {
    // x[-2:] of an axis shorter than 2 starts at 0.
    start = size.isLiteral() ? Dim(std::max<int64_t>(0, size.literal() + *literal)) : ir::max(size + start, 0);
  }
  if (!start.isNonNegative()) return {};
  return replaceRange(a, axis, start, a.content.dim(axis), a.content);
}

template <Tensor (*F)(const Assignment&)>
std::optional<Tensor> always(const Assignment& a) { return F(a); }

using Rule = std::optional<Tensor> (*)(const Assignment&);
const std::map<std::string, Rule>& rules() {
  static const std::map<std::string, Rule> kRules = {
      {"aten::view", always<inverseReshape>},      {"aten::reshape", always<inverseReshape>},
      {"aten::view_as", always<inverseReshape>},   {"aten::reshape_as", always<inverseReshape>},
      {"aten::flatten", always<inverseReshape>},   {"aten::unflatten", always<inverseReshape>},
      {"aten::squeeze", always<inverseReshape>},   {"aten::unsqueeze", always<inverseReshape>},
      {"aten::_unsafe_view", always<inverseReshape>},
      {"aten::detach", always<same>},              {"aten::alias", always<same>},
      {"aten::contiguous", always<same>},          {"aten::to", always<same>},
      {"aten::transpose", always<inverseTranspose>}, {"aten::swapaxes", always<inverseTranspose>},
      {"aten::t", always<inverseT>},               {"aten::numpy_T", always<inverseT>},
      {"aten::permute", always<inversePermute>},   {"aten::select", assignSelect},
      {"aten::slice", assignSlice},
  };
  return kRules;
}

}  // namespace

Tensor Interpreter::assignComplexView(const ts::Schema& schema, const std::vector<Value>& arguments, const Tensor& base,
                                      const Tensor& content, const std::function<Tensor(const Tensor&)>& derive) {
  if (!ir::isComplex(base.dtype()) || !ir::isComplex(content.dtype()))
    throw Refusal{"writing to the parts of a complex tensor through " + schema.name};
  const ComplexParts whole = partsOf(builder_, base), piece = partsOf(builder_, content);
  return complexTensor(builder_, assignView(schema, arguments, whole.real, piece.real, derive),
                       assignView(schema, arguments, whole.imaginary, piece.imaginary, derive));
}

Tensor Interpreter::assignView(const ts::Schema& schema, const std::vector<Value>& arguments, const Tensor& base,
                               const Tensor& content, const std::function<Tensor(const Tensor&)>& derive) {
  if (ir::isComplex(base.dtype()) || ir::isComplex(content.dtype()))
    return assignComplexView(schema, arguments, base, content, derive);
  Call call(*this, builder_, schema, arguments);
  const bool plain = schema.overload.find("Dimname") == std::string::npos;
  if (auto rule = rules().find(schema.name); rule != rules().end() && plain)
    if (auto result = rule->second({builder_, call, base, content})) return *result;
  // Any other view: take the same view of the positions 0 … numel-1, and scatter to them.
  const Dim count = ir::product(base.dims());
  const Tensor positions = builder_.reshape(builder_.range(0, count), base.dims());
  const Tensor index = builder_.flattenAll(derive(positions));
  Tensor flat = builder_.op("ScatterElements", {builder_.flattenAll(base), index, builder_.flattenAll(content)}, {{"axis", 0}});
  return builder_.reshape(flat, base.dims());
}

}  // namespace deploytool::exporter
