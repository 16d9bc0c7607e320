// Jacobi's method (Golub and Van Loan, Matrix Computations, 8.5): rotations of pairs of columns until all are orthogonal.
// A round rotates all pairs of places i and n-1-i at once; moving the columns on between rounds (as players of a
// tournament) brings every pair together once in n - 1 rounds, a sweep, and all of them back to their places.
#include "export/ops/eigen.h"

#include "export/ops/expression.h"
#include "export/ops/matrix.h"
#include "export/ops/scan.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

constexpr int64_t kSweeps = 12;

using Numbers = std::vector<double>;

Tensor constantOf(std::vector<int64_t> dims, const Numbers& values) {
  return Tensor(std::make_shared<const ir::Tensor>(ir::Tensor::of(DType::Float64, std::move(dims), values)));
}

/// n × n with 1 in column `place(row)` of each row.
template <class Place>
Tensor placed(int64_t n, Place place) {
  Numbers values(static_cast<size_t>(n * n), 0);
  for (int64_t row = 0; row < n; ++row) values[static_cast<size_t>(row * n + place(row))] = 1;
  return constantOf({n, n}, values);
}

Tensor unit(int64_t n) { return placed(n, [](int64_t row) { return row; }); }

std::vector<int64_t> backwards(int64_t n) {
  std::vector<int64_t> order(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) order[static_cast<size_t>(i)] = n - 1 - i;
  return order;
}

/// Where the columns of the next round stand now: the first stays, the others move on.
std::vector<int64_t> movedOn(int64_t n) {
  std::vector<int64_t> order{0, n - 1};
  for (int64_t i = 1; i + 1 < n; ++i) order.push_back(i);
  return order;
}

/// +1 for the first place of each pair, -1 for the other.
Tensor sides(int64_t n) {
  Numbers values;
  for (int64_t i = 0; i < n; ++i) values.push_back(i < n / 2 ? 1 : -1);
  return constantOf({n}, values);
}

/// The rotation that clears the entries of all pairs of `gram` [.., n, n], n even, its columns moved on.
Tensor rotation(Builder& b, const Tensor& gram, int64_t n) {
  const int64_t last = gram.rank() - 1;
  const Tensor own = unit(n), crossed = placed(n, [n](int64_t row) { return n - 1 - row; });
  const auto along = [&](const Tensor& mask) { return Expr(b, b.reduce("ReduceSum", b.mul(gram, mask), {last}, false)); };
  const auto ofPartner = [&](const Expr& x) { return Expr(b, b.gather(x, b.int64s(backwards(n)), last - 1)); };
  const Expr mine = along(own), theirs = ofPartner(mine), above = along(crossed);
  // Rounding leaves the two entries of a pair different, but its two columns must turn by one angle.
  const Expr entry = (above + ofPartner(above)) * 0.5;
  const Expr isClear = entry == 0.0;
  const Expr theta = (theirs - mine) / where(isClear, 1.0, entry * 2.0);
  const Expr side = where(theta == 0.0, Expr(b, sides(n)), sign(theta));
  const Expr tangent = where(isClear, 0.0, side / (abs(theta) + sqrt(theta * theta + 1.0)));
  const Expr cosine = 1.0 / sqrt(tangent * tangent + 1.0), sine = tangent * cosine;
  const auto asColumn = [&](const Expr& x) { return b.unsqueeze(x, {last}); };
  const Tensor turned = b.add(b.mul(own, asColumn(cosine)), b.mul(crossed, asColumn(sine)));
  return b.gather(turned, b.int64s(movedOn(n)), last);
}

/// Sweeps over `states`, which `step` gives anew from the states of a round.
Tensors swept(Builder& b, const Tensors& states, int64_t n, const std::function<Tensors(const Tensors&)>& step) {
  return repeated(b, b.int64(kSweeps * (n - 1)), states,
                  [&](const Tensor&, const Tensors& inside) { return step(inside); });
}

/// Zeros behind the last `axes` axes.
Tensor padded(Builder& b, const Tensor& x, int64_t axes, int64_t by) {
  if (by == 0) return x;
  std::vector<std::pair<Dim, Dim>> pads(static_cast<size_t>(x.rank()), {0, 0});
  for (int64_t i = 0; i < axes; ++i) pads[pads.size() - 1 - static_cast<size_t>(i)].second = by;
  return b.pad(x, pads);
}

/// `values` in order, and the columns of the matrices in the same.
Tensors sorted(Builder& b, const Tensor& values, const Tensors& matrices, int64_t n, bool descending) {
  const int64_t last = values.rank() - 1;
  const auto [ordered, order] = topK(b, values, n, last, descending);
  Tensors result{knownDims(ordered, values.dims())};
  const Tensor places = b.unsqueeze(knownDims(order, values.dims()), {last});
  for (const Tensor& m : matrices)
    result.push_back(b.op("GatherElements", {m, b.expand(places, m.dims())}, {{"axis", last + 1}}));
  return result;
}

Tensor diagonalOf(Builder& b, const Tensor& a, int64_t n) {
  return b.reduce("ReduceSum", b.mul(a, unit(n)), {a.rank() - 1}, false);
}

int64_t sizeOf(Call& c, const Dim& dim) {
  const auto n = dim.asLiteral();
  if (!n || *n > kLargestSpectrum) c.refuse("eigenvalues and singular values of matrices above 64 or of a size that a run decides");
  if (*n == 0) c.refuse("eigenvalues and singular values of a matrix without elements");
  return *n;
}

/// Columns of the singular value 0 replaced by eigenvectors of A·A', which are orthogonal to the others; with `full`, more
/// columns of these.
Tensor completed(Call& c, const Tensor& x, const Tensor& u, const Tensor& values, bool full) {
  Builder& b = c.b;
  const int64_t rows = sizeOf(c, x.dim(-2)), columns = values.dim(-1).literal(), last = x.rank() - 1;
  const Tensor ascending = eigenOf(c, b.matmul(x, transposeLast(b, x))).vectors;
  const Tensor whole = b.gather(ascending, b.int64s(backwards(rows)), last);
  const Tensor most = b.slice(values, last - 1, 0, 1);
  const Tensor isPresent = b.compare("Greater", values, b.mulScalar(most, 1e-13 * static_cast<double>(rows)));
  const Tensor same = b.where(b.unsqueeze(isPresent, {last - 1}), u, b.slice(whole, last, 0, columns));
  return full && rows > columns ? b.concat({same, b.slice(whole, last, columns, rows)}, last) : same;
}

/// Of matrices with at least as many rows as columns: their columns rotated until they are orthogonal.
Singular singularOfTall(Call& c, const Tensor& x, bool full) {
  Builder& b = c.b;
  const int64_t n = sizeOf(c, x.dim(-1)), even = n + n % 2, last = x.rank() - 1;
  Dims square = x.dims();
  square[static_cast<size_t>(last)] = square[static_cast<size_t>(last - 1)] = even;
  const Tensors turned = swept(b, {padded(b, x, 1, even - n), b.expand(unit(even), square)}, even, [&](const Tensors& states) {
    const Tensor turn = rotation(b, b.matmul(transposeLast(b, states[0]), states[0]), even);
    return Tensors{b.matmul(states[0], turn), b.matmul(states[1], turn)};
  });
  const Tensor columns = b.slice(turned[0], last, 0, n);
  const Tensor v = b.slice(b.slice(turned[1], last, 0, n), last - 1, 0, n);
  const Tensor norms = b.unary("Sqrt", b.reduce("ReduceSum", b.mul(columns, columns), {last - 1}, false));
  const Tensors order = sorted(b, norms, {columns, v}, n, true);
  const Expr length(b, b.unsqueeze(order[0], {last - 1}));
  const Tensor u = b.div(order[1], where(length == 0.0, 1.0, length));
  const auto rows = x.dim(-2).asLiteral();
  const bool completes = full ? x.dim(-2) != x.dim(-1) || rows : rows && *rows <= kLargestSpectrum;
  return {completes ? completed(c, x, u, order[0], full) : u, order[0], order[2]};
}

}  // namespace

Eigen eigenOf(Call& c, const Tensor& symmetric) {
  Builder& b = c.b;
  const int64_t n = sizeOf(c, symmetric.dim(-1)), even = n + n % 2, last = symmetric.rank() - 1;
  const Tensor a = padded(b, symmetric, 2, even - n);
  const Tensors turned = swept(b, {a, b.expand(unit(even), a.dims())}, even, [&](const Tensors& states) {
    const Tensor turn = rotation(b, states[0], even);
    return Tensors{b.matmul(transposeLast(b, turn), b.matmul(states[0], turn)), b.matmul(states[1], turn)};
  });
  const Tensor values = b.slice(diagonalOf(b, turned[0], even), last - 1, 0, n);
  const Tensors order = sorted(b, values, {b.slice(b.slice(turned[1], last, 0, n), last - 1, 0, n)}, n, false);
  return {order[0], order[1]};
}

Singular singularOf(Call& c, const Tensor& x, bool full) {
  const auto rows = x.dim(-2).asLiteral(), columns = x.dim(-1).asLiteral();
  const bool isWide = columns && rows ? *rows < *columns : rows.has_value();
  if (!isWide) return singularOfTall(c, x, full);
  const Singular turned = singularOfTall(c, transposeLast(c.b, x), full);
  return {turned.v, turned.values, turned.u};
}

}  // namespace deploytool::exporter::ops
