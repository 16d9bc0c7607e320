// Writing to places that an index tensor names.
#include <algorithm>
#include <string>

#include "export/ops/families.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

/// What scatter and its relatives share: operands of rank 1 or more, updates of the index's shape.
struct Scatter {
  Tensor x, index, updates;
  int64_t axis = 0;
  bool isScalar = false;  ///< self has rank 0

  Results result(Call& c, const Tensor& written) const {
    return {isScalar ? c.b.reshape(written, {}) : written};
  }
};

Scatter scatterOperands(Call& c, const char* source) {
  Scatter s;
  const Tensor self = c.tensor("self");
  s.isScalar = self.rank() == 0;
  s.x = atLeast1d(c.b, self);
  s.index = atLeast1d(c.b, c.b.cast(c.tensor("index"), DType::Int64));
  s.axis = c.axis("dim", self.rank());
  const Value& src = c.arg(source);
  if (!src.isTensor() || std::string_view(source) == "value") {
    s.updates = expandExactly(c.b, numberAs(c, src, self.dtype()), s.index.dims());
    return s;
  }
  s.updates = atLeast1d(c.b, c.b.cast(c.tensor(source), self.dtype()));
  for (int64_t i = 0; i < s.index.rank(); ++i)  // src may be larger than the index
    if (s.updates.dim(i) != s.index.dim(i))
      s.updates = knownDims(c.b.slice(s.updates, i, 0, s.index.dim(i)), withDim(s.updates.dims(), i, s.index.dim(i)));
  return s;
}

// aten::scatter.src, .value
Lowering scatter(const char* source) {
  return [source](Call& c) {
    const Scatter s = scatterOperands(c, source);
    return s.result(c, scatterElements(c, s.x, s.index, s.updates, s.axis, Reduction::None));
  };
}

// aten::scatter.reduce, .value_reduce
Lowering scatterReduced(const char* source) {
  return [source](Call& c) {
    const Scatter s = scatterOperands(c, source);
    const Reduction reduction = c.text("reduce") == "add" ? Reduction::Add : Reduction::Multiply;
    return s.result(c, scatterElements(c, s.x, s.index, s.updates, s.axis, reduction));
  };
}

// aten::scatter_add(self, dim, index, src)
Results scatterAdd(Call& c) {
  const Scatter s = scatterOperands(c, "src");
  return s.result(c, scatterElements(c, s.x, s.index, s.updates, s.axis, Reduction::Add));
}

Reduction reductionOf(Call& c, const std::string& name) {
  if (name == "sum" || name == "mean") return Reduction::Add;
  if (name == "prod") return Reduction::Multiply;
  if (name == "amin") return Reduction::Min;
  if (name == "amax") return Reduction::Max;
  c.refuse("there is no reduction '" + name + "'");
}

/// `write(x, updates, reduction)` with torch's reductions: without self, and the mean.
template <class Write>
Tensor reduceInto(Call& c, const Tensor& x, const Tensor& updates, Write write) {
  Builder& b = c.b;
  const std::string name = c.text("reduce");
  const Reduction reduction = reductionOf(c, name);
  const bool withSelf = c.boolean("include_self");
  Tensor start = x;
  if (!withSelf) {  // touched places begin with the reduction's identity, or any of the updates where that serves
    const bool isIdempotent = reduction == Reduction::Min || reduction == Reduction::Max;
    const Tensor identity = isIdempotent ? updates : b.fullLike(updates, name == "prod" ? 1 : 0);
    start = write(x, identity, Reduction::None);
  }
  const Tensor reduced = write(start, updates, reduction);
  if (name != "mean") return reduced;
  const Tensor ones = b.fullLike(updates, 1);
  Tensor counts = write(b.fullLike(x, withSelf ? 1 : 0), ones, Reduction::Add);
  counts = b.binary("Max", counts, b.scalarLike(counts, 1));
  if (ir::isFloating(x.dtype())) return b.div(reduced, counts);
  // Integers round towards minus infinity.
  return b.div(b.sub(reduced, b.binary("Mod", reduced, counts)), counts);
}

// aten::scatter_reduce.two(self, dim, index, src, reduce, include_self)
Results scatterReduce(Call& c) {
  const Scatter s = scatterOperands(c, "src");
  return s.result(c, reduceInto(c, s.x, s.updates, [&](const Tensor& x, const Tensor& updates, Reduction reduction) {
    return scatterElements(c, x, s.index, updates, s.axis, reduction);
  }));
}

// ---- along one axis -----------------------------------------------------------------------------------------------

/// Operands of index_add and its relatives with the indexed axis first.
struct Rows {
  Tensor x, index, source;
  int64_t axis = 0;
  bool isScalar = false;

  Results result(Call& c, const Tensor& written) const {
    const Tensor back = moveAxes(c.b, written, {0}, {axis});
    return {isScalar ? c.b.reshape(back, {}) : back};
  }
};

Rows rowOperands(Call& c) {
  Rows r;
  const Tensor self = c.tensor("self");
  r.isScalar = self.rank() == 0;
  r.axis = c.axis("dim", self.rank());
  r.x = moveAxes(c.b, atLeast1d(c.b, self), {r.axis}, {0});
  r.index = atLeast1d(c.b, c.b.cast(c.tensor("index"), DType::Int64));
  return r;
}

Rows rowOperands(Call& c, const char* source) {
  Rows r = rowOperands(c);
  const Tensor given = atLeast1d(c.b, c.b.cast(c.tensor(source), r.x.dtype()));
  r.source = moveAxes(c.b, given, {given.rank() == 1 ? 0 : r.axis}, {0});
  return r;
}

// aten::index_add(self, dim, index, source, alpha)
Results indexAdd(Call& c) {
  Rows r = rowOperands(c, "source");
  const Value& alpha = c.arg("alpha");
  const bool isOne = alpha.isNone() || (alpha.is<Dim>() && *alpha.as<Dim>() == Dim(1)) ||
                     (alpha.is<double>() && *alpha.as<double>() == 1);
  if (!isOne) r.source = c.b.mul(r.source, numberAs(c, alpha, r.source.dtype()));
  return r.result(c, scatterRows(c, r.x, r.index, r.source, Reduction::Add));
}

// aten::index_copy(self, dim, index, source)
Results indexCopy(Call& c) {
  const Rows r = rowOperands(c, "source");
  return r.result(c, scatterRows(c, r.x, r.index, r.source, Reduction::None));
}

// aten::index_fill.int_Scalar, .int_Tensor (self, dim, index, value)
Results indexFill(Call& c) {
  const Rows r = rowOperands(c);
  const Tensor value = numberAs(c, c.arg("value"), r.x.dtype());
  const Tensor rows = expandExactly(c.b, value, withDim(r.x.dims(), 0, r.index.dim(0)));
  return r.result(c, scatterRows(c, r.x, r.index, rows, Reduction::None));
}

// aten::index_reduce(self, dim, index, source, reduce, include_self)
Results indexReduce(Call& c) {
  const Rows r = rowOperands(c, "source");
  return r.result(c, reduceInto(c, r.x, r.source, [&](const Tensor& x, const Tensor& updates, Reduction reduction) {
    return scatterRows(c, x, r.index, updates, reduction);
  }));
}

// aten::put(self, index, source, accumulate): places of the flat tensor
Results put(Call& c) {
  const Tensor x = c.tensor("self");
  const Tensor index = c.b.flattenAll(c.b.cast(c.tensor("index"), DType::Int64));
  const Tensor source = c.b.flattenAll(c.b.cast(c.tensor("source"), x.dtype()));
  const Reduction reduction = c.boolean("accumulate") ? Reduction::Add : Reduction::None;
  return {c.b.reshape(scatterRows(c, c.b.flattenAll(x), index, source, reduction), x.dims())};
}

}  // namespace

std::vector<Row> scattering() {
  return {
      {"aten::scatter.src(self, dim, index, src)", scatter("src")},
      {"aten::scatter.value(self, dim, index, value)", scatter("value")},
      {"aten::scatter.reduce(self, dim, index, src, reduce)", scatterReduced("src")},
      {"aten::scatter.value_reduce(self, dim, index, value, reduce)", scatterReduced("value")},
      {"aten::scatter_add(self, dim, index, src)", scatterAdd},
      {"aten::scatter_reduce.two(self, dim, index, src, reduce, include_self)", scatterReduce},
      {"aten::index_add(self, dim, index, source, alpha)", indexAdd},
      {"aten::index_copy(self, dim, index, source)", indexCopy},
      {"aten::index_fill.int_Scalar(self, dim, index, value)", indexFill},
      {"aten::index_fill.int_Tensor(self, dim, index, value)", indexFill},
      {"aten::index_reduce(self, dim, index, source, reduce, include_self)", indexReduce},
      {"aten::put(self, index, source, accumulate)", put},
  };
}

}  // namespace deploytool::exporter::ops
