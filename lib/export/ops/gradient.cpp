// aten::gradient: differences between neighbours along axes, second-order inside, of a chosen order at the edges.
#include <numeric>

#include "export/ops/expression.h"
#include "export/ops/families.h"
#include "export/ops/operands.h"

namespace deploytool::exporter::ops {

namespace {

/// Elements `from` to `size + to` along an axis.
Expr part(const Expr& x, int64_t axis, int64_t from, int64_t to) {
  Builder& b = x.builder();
  return {b, b.slice(x, axis, from, x.tensor().dim(axis) + to)};
}
Expr elementAt(const Expr& x, int64_t axis, int64_t index) {
  const Dim at = index < 0 ? x.tensor().dim(axis) + index : Dim(index);
  return {x.builder(), x.builder().slice(x, axis, at, at + 1)};
}

/// Distances between neighbours, which broadcast over the other axes: one for all, or one for each pair.
struct Spacing {
  Expr step;
  bool isEven;
  int64_t axis;
  Expr from(int64_t first, int64_t last) const { return isEven ? step : part(step, axis, first, last); }
  Expr at(int64_t index) const { return isEven ? step : elementAt(step, axis, index); }
};

/// Of the second order at an edge: `near` is the step there, `far` the next one; `sign` is -1 at the end.
Expr edge(const Expr& x0, const Expr& x1, const Expr& x2, const Expr& near, const Expr& far, double sign) {
  const Expr both = near + far;
  const Expr slope = both / (near * far) * x1 - (near + both) / (near * both) * x0 - near / (far * both) * x2;
  return slope * sign;
}

Expr alongAxis(const Expr& x, int64_t axis, const Spacing& h, int64_t edgeOrder) {
  const Expr before = h.from(0, -1), after = h.from(1, 0);
  const Expr left = part(x, axis, 0, -2), middle = part(x, axis, 1, -1), right = part(x, axis, 2, 0);
  // Even steps leave the middle out, exactly.
  const Expr inside = h.isEven ? (right - left) / (h.step * 2.0)
                               : (right - middle) / after * (before / (before + after)) +
                                     (middle - left) / before * (after / (before + after));
  const auto at = [&](int64_t i) { return elementAt(x, axis, i); };
  Expr first = (at(1) - at(0)) / h.at(0), last = (at(-1) - at(-2)) / h.at(-1);
  if (edgeOrder == 2) {
    first = edge(at(0), at(1), at(2), h.at(0), h.at(1), 1);
    last = edge(at(-1), at(-2), at(-3), h.at(-1), h.at(-2), -1);
  }
  return {x.builder(), x.builder().concat({first, inside, last}, axis)};
}

std::vector<int64_t> axesOf(Call& c, int64_t rank) {
  if (c.has("dim")) return c.axes("dim", rank);
  std::vector<int64_t> axes(static_cast<size_t>(rank));
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

/// Coordinates of the elements along an axis give the distances.
Spacing betweenCoordinates(const Tensor& coordinates, const Expr& x, int64_t axis) {
  Builder& b = x.builder();
  const Expr at(b, b.cast(coordinates, x.dtype()));
  const Expr steps = part(at, 0, 1, 0) - part(at, 0, 0, -1);
  Dims dims(static_cast<size_t>(x.tensor().rank()), Dim(1));
  dims[static_cast<size_t>(axis)] = steps.tensor().dim(0);
  return {{b, b.reshape(steps, dims)}, false, axis};
}

// aten::gradient, all overloads: a number, a list of numbers, or coordinates for each axis
Results gradient(Call& c) {
  const Expr x(c.b, floatOperand(c, "self"));
  const std::vector<int64_t> axes = axesOf(c, x.tensor().rank());
  const auto* list = c.arg("spacing").as<std::shared_ptr<ListValue>>();
  if (list && (*list)->items.size() != axes.size()) c.refuse("as many spacings as axes are needed");
  Tensors results;
  for (size_t i = 0; i < axes.size(); ++i) {
    const Value spacing = list ? (*list)->items[i] : c.arg("spacing");
    const bool isTensor = spacing.isTensor();
    const auto step = [&] {
      if (spacing.isNone()) return x.number(1);
      return Expr(c.b, c.b.cast(c.read(spacing), x.dtype()));
    };
    const Spacing h = isTensor ? betweenCoordinates(c.read(spacing), x, axes[i]) : Spacing{step(), true, axes[i]};
    results.push_back(alongAxis(x, axes[i], h, c.integer("edge_order")));
  }
  return {c.list(results)};
}

}  // namespace

std::vector<Row> gradient_rows() {
  std::vector<Row> rows;
  addRows(rows,
          {"aten::gradient.scalarint(self, spacing, dim, edge_order)",
           "aten::gradient.scalararray(self, spacing, dim, edge_order)", "aten::gradient.array(self, dim, edge_order)",
           "aten::gradient.scalarrayint(self, spacing, dim, edge_order)",
           "aten::gradient.scalarrayarray(self, spacing, dim, edge_order)",
           "aten::gradient.tensorarrayint(self, spacing, dim, edge_order)",
           "aten::gradient.tensorarray(self, spacing, dim, edge_order)"},
          gradient);
  return rows;
}

}  // namespace deploytool::exporter::ops
