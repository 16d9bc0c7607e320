// Views of constants: nothing is copied, so weights keep their memory.
#include "passes/fold_views.h"

#include <algorithm>

#include "passes/rewrite.h"

namespace deploytool::passes {
namespace {

using ir::Node;
using ir::Tensor;
using Ints = std::vector<int64_t>;

bool normalize(Ints& axes, int64_t rank) {
  for (int64_t& axis : axes) {
    if (axis < -rank || axis >= rank) return false;
    if (axis < 0) axis += rank;
  }
  std::sort(axes.begin(), axes.end());
  return std::adjacent_find(axes.begin(), axes.end()) == axes.end();
}

std::optional<Tensor> transposed(const Node& node, const Tensor& x) {
  const auto rank = static_cast<size_t>(x.rank());
  Ints order = node.intsAttribute("perm").value_or(Ints());
  if (order.empty()) {
    for (size_t i = rank; i-- > 0;) order.push_back(static_cast<int64_t>(i));
  }
  Ints sorted = order;
  if (order.size() != rank || !normalize(sorted, x.rank())) return {};
  Ints dims, strides;
  for (int64_t axis : order) {
    dims.push_back(x.dims()[static_cast<size_t>(axis)]);
    strides.push_back(x.strides()[static_cast<size_t>(axis)]);
  }
  return Tensor::share(x.dtype(), std::move(dims), std::move(strides), x.storage(), x.offset(), x.owner());
}

// Dims that Reshape asks for: 0 copies (unless allowed as a size), -1 is what remains.
std::optional<Ints> reshapedDims(const Node& node, const Tensor& x, Ints target) {
  const bool zeroIsSize = node.intAttribute("allowzero", 0) != 0;
  int64_t known = 1;
  ptrdiff_t open = -1;
  for (size_t i = 0; i < target.size(); ++i) {
    if (target[i] == 0 && !zeroIsSize) {
      if (i >= x.dims().size()) return {};
      target[i] = x.dims()[i];
    }
    if (target[i] == -1) {
      if (open >= 0) return {};
      open = static_cast<ptrdiff_t>(i);
    } else if (target[i] < 0 || __builtin_mul_overflow(known, target[i], &known)) {
      return {};
    }
  }
  if (open >= 0) {
    if (known == 0 || x.numel() % known != 0) return {};
    target[static_cast<size_t>(open)] = x.numel() / known;
    known = x.numel();
  }
  return known == x.numel() ? std::optional(target) : std::nullopt;
}

std::optional<Tensor> reshaped(const Node& node, const Tensor& x) {
  auto target = node.input(1) ? integersOf(node.input(1)) : node.intsAttribute("shape");
  if (!target) return {};
  auto dims = reshapedDims(node, x, std::move(*target));
  return dims ? std::optional(x.reshaped(std::move(*dims))) : std::nullopt;
}

std::optional<Tensor> flattened(const Node& node, const Tensor& x) {
  int64_t axis = node.intAttribute("axis", 1);
  if (axis < -x.rank() || axis > x.rank()) return {};
  if (axis < 0) axis += x.rank();
  int64_t rows = 1, columns = 1;
  for (int64_t i = 0; i < x.rank(); ++i) (i < axis ? rows : columns) *= x.dims()[static_cast<size_t>(i)];
  return x.reshaped({rows, columns});
}

// Axes by input (from opset 13 on) or by attribute; without any, Squeeze drops all dims of 1.
std::optional<Ints> axesOf(const Node& node, const Tensor& x, int64_t rank) {
  std::optional<Ints> axes = node.input(1) ? integersOf(node.input(1)) : node.intsAttribute("axes");
  if (!axes && !node.input(1) && node.opType == "Squeeze") {
    axes.emplace();
    for (int64_t i = 0; i < rank; ++i) {
      if (x.dims()[static_cast<size_t>(i)] == 1) axes->push_back(i);
    }
  }
  return axes && normalize(*axes, rank) ? axes : std::nullopt;
}

std::optional<Tensor> squeezed(const Node& node, const Tensor& x) {
  const auto axes = axesOf(node, x, x.rank());
  if (!axes) return {};
  Ints dims = x.dims(), strides = x.strides();
  for (size_t i = axes->size(); i-- > 0;) {
    const ptrdiff_t at = (*axes)[i];
    if (dims[static_cast<size_t>(at)] != 1) return {};
    dims.erase(dims.begin() + at);
    strides.erase(strides.begin() + at);
  }
  return Tensor::share(x.dtype(), std::move(dims), std::move(strides), x.storage(), x.offset(), x.owner());
}

std::optional<Tensor> unsqueezed(const Node& node, const Tensor& x) {
  const auto given = node.input(1) ? integersOf(node.input(1)) : node.intsAttribute("axes");
  if (!given) return {};
  const auto axes = axesOf(node, x, x.rank() + static_cast<int64_t>(given->size()));
  if (!axes) return {};
  Ints dims = x.dims(), strides = x.strides();
  for (int64_t axis : *axes) {
    dims.insert(dims.begin() + axis, 1);
    strides.insert(strides.begin() + axis, 1);
  }
  return Tensor::share(x.dtype(), std::move(dims), std::move(strides), x.storage(), x.offset(), x.owner());
}

}  // namespace

std::optional<Tensor> foldView(const Node& node) {
  const ir::TensorPtr x = constantOf(node.input(0));
  if (!x || x->dtype() == ir::DType::String || !node.domain.empty()) return {};
  if (node.opType == "Identity") return *x;
  if (node.opType == "Transpose") return transposed(node, *x);
  if (node.opType == "Reshape") return reshaped(node, *x);
  if (node.opType == "Flatten") return flattened(node, *x);
  if (node.opType == "Squeeze") return squeezed(node, *x);
  if (node.opType == "Unsqueeze") return unsqueezed(node, *x);
  return {};
}

}  // namespace deploytool::passes
