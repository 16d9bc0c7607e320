// torch.fft: transforms along one or several axes, of literal or dynamic size.
#include "export/ops/fourier.h"

#include <cmath>

#include "export/ops/families.h"
#include "export/ops/operands.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

constexpr int64_t kLargestMatrix = 1 << 22;  // elements kept as a constant; more are computed by the model
constexpr int64_t kSmallestFolded = 4;       // size of a signal

Tensor constantOf(DType dtype, std::vector<int64_t> dims, const std::vector<double>& values) {
  if (dtype == DType::Float64)
    return Tensor(std::make_shared<const ir::Tensor>(ir::Tensor::of(dtype, std::move(dims), values)));
  const std::vector<float> narrow(values.begin(), values.end());
  return Tensor(std::make_shared<const ir::Tensor>(ir::Tensor::of(DType::Float32, std::move(dims), narrow)));
}

/// Zeros of waves, which rounding leaves at 1e-16.
double exact(double x) { return std::abs(x) < 1e-12 ? 0 : x; }

/// A wave at 2π·i·k / size: i from `first` on down the rows, k from 0 across the columns.
struct Grid {
  Dim size, first, rows, columns;
};

Tensor constantWave(DType dtype, const std::vector<int64_t>& grid, double (*wave)(double)) {
  const int64_t size = grid[0], first = grid[1], rows = grid[2], columns = grid[3];
  std::vector<double> values;
  values.reserve(static_cast<size_t>(rows * columns));
  for (int64_t i = first; i < first + rows; ++i)
    for (int64_t k = 0; k < columns; ++k)  // reduced first: the angle stays exact
      values.push_back(exact(wave(2 * M_PI * static_cast<double>(i * k % size) / static_cast<double>(size))));
  return constantOf(dtype, {rows, columns}, values);
}

Tensor waveOf(Builder& b, DType dtype, const Grid& grid, double (*wave)(double), const char* opType) {
  const auto all = ir::literals({grid.size, grid.first, grid.rows, grid.columns});
  if (all && (*all)[2] * (*all)[3] <= kLargestMatrix && (*all)[0] > 0) return constantWave(dtype, *all, wave);
  const Tensor rows = b.unsqueeze(b.range(grid.first, grid.first + grid.rows), {1});
  const Tensor steps = b.mul(rows, b.unsqueeze(b.range(0, grid.columns), {0}));
  const Tensor turns = b.div(b.cast(b.op("Mod", {steps, b.dim(grid.size)}), dtype), b.cast(b.dim(grid.size), dtype));
  return b.unary(opType, b.mulScalar(turns, 2 * M_PI));
}

Tensor cosines(Builder& b, DType dtype, const Grid& grid) { return waveOf(b, dtype, grid, std::cos, "Cos"); }
Tensor sines(Builder& b, DType dtype, const Grid& grid) { return waveOf(b, dtype, grid, std::sin, "Sin"); }

Tensor scaled(Builder& b, const Tensor& x, const Transform& t) {
  Tensor result = t.scale == 1 ? x : b.mulScalar(x, t.scale);
  if (t.perSample == 0) return result;
  if (auto size = t.size.asLiteral()) return b.mulScalar(result, std::pow(static_cast<double>(*size), t.perSample));
  const Tensor size = b.cast(b.dim(t.size), x.dtype());
  return b.div(result, t.perSample == -1 ? size : b.unary("Sqrt", size));
}

/// Of a real signal of literal size: elements at the same distance from both ends meet the same cosine and opposite
/// sines, so that their sums and differences need half of the matrix, and what is symmetric has no imaginary part at
/// all.
ComplexParts foldedTransform(Builder& b, const Tensor& x, const Transform& t, const Dim& bins) {
  const int64_t size = t.size.literal(), pairs = (size - 1) / 2, last = x.rank() - 1;
  std::vector<int64_t> mirrored;
  for (int64_t i = 1; i <= pairs; ++i) mirrored.push_back(size - i);
  const Tensor near = b.slice(x, last, 1, 1 + pairs), far = b.gather(x, b.int64s(mirrored), last);
  Tensors even{b.slice(x, last, 0, 1), b.add(near, far)};
  if (size % 2 == 0) even.push_back(b.slice(x, last, size / 2, size / 2 + 1));
  const Tensor cosine = cosines(b, x.dtype(), {t.size, 0, size / 2 + 1, bins});
  const Tensor sine = sines(b, x.dtype(), {t.size, 1, pairs, bins});
  const Tensor odd = t.inverse ? b.sub(near, far) : b.sub(far, near);
  return {scaled(b, b.matmul(b.concat(even, last), cosine), t), scaled(b, b.matmul(odd, sine), t)};
}

ComplexParts eachPart(const ComplexParts& x, const std::function<Tensor(const Tensor&)>& change) {
  return {change(x.real), x.imaginary ? change(x.imaginary) : Tensor()};
}

/// The last axis cut or filled with zeros to `size`.
Tensor resized(Builder& b, const Tensor& x, const Dim& size) {
  const Dim& have = x.dim(-1);
  if (have == size) return x;
  const Tensor kept = b.slice(x, x.rank() - 1, 0, ir::min(have, size));
  std::vector<std::pair<Dim, Dim>> pads(static_cast<size_t>(x.rank()), {0, 0});
  pads.back().second = ir::max(size - have, 0);
  Dims dims = x.dims();
  dims.back() = size;
  return knownDims(b.pad(kept, pads), dims);
}

ComplexParts signalOf(const Call& c) {
  const Tensor x = c.tensor("self");
  if (ir::isComplex(x.dtype())) return partsOf(c.b, x);
  return {c.b.cast(x, floatType(x.dtype())), {}};
}

/// The power of the size that a direction has under torch's `norm`.
double normPower(const Call& c, bool inverse) {
  const std::string norm = c.has("norm") ? c.text("norm") : "backward";
  if (norm == "ortho") return -0.5;
  return (norm == "backward") == inverse ? -1 : 0;
}

enum class Kind { Complex, FromReal, ToReal };

/// One transform along the last axis; `given`: the signal's size asked for.
ComplexParts alongLast(const Call& c, ComplexParts x, Kind kind, bool inverse, const std::optional<Dim>& given) {
  Transform t;
  t.inverse = inverse;
  t.perSample = normPower(c, inverse);
  const Dim have = x.real.dim(-1);
  if (kind == Kind::ToReal) {
    t.size = given.value_or((have - Dim(1)) * Dim(2));
    const Dim bins = ir::floorDiv(t.size, 2) + Dim(1);
    x = eachPart(x, [&](const Tensor& part) { return resized(c.b, part, bins); });
    return {realInverse(c.b, x, t), {}};
  }
  t.size = given.value_or(have);
  x = eachPart(x, [&](const Tensor& part) { return resized(c.b, part, t.size); });
  return transformed(c.b, x, t, kind == Kind::FromReal ? ir::floorDiv(t.size, 2) + Dim(1) : t.size);
}

ComplexParts along(const Call& c, const ComplexParts& x, int64_t axis, Kind kind, bool inverse,
                   const std::optional<Dim>& given) {
  const int64_t last = x.real.rank() - 1;
  const auto swapped = [&](const Tensor& part) { return axis == last ? part : c.b.swapAxes(part, axis, last); };
  return eachPart(alongLast(c, eachPart(x, swapped), kind, inverse, given), swapped);
}

Results asResults(const Call& c, const ComplexParts& x) {
  return {Value(x.imaginary ? complexTensor(c.b, x.real, x.imaginary) : x.real)};
}

// aten::fft_fft(self, n, dim, norm) and the like
Lowering one(Kind kind, bool inverse) {
  return [kind, inverse](Call& c) -> Results {
    const ComplexParts x = signalOf(c);
    std::optional<Dim> given;
    if (c.has("n")) given = c.dim("n");
    return asResults(c, along(c, x, c.axis("dim", x.real.rank()), kind, inverse, given));
  };
}

// aten::fft_fftn(self, s, dim, norm) and the like: the half spectrum is the last axis's
Lowering several(Kind kind, bool inverse) {
  return [kind, inverse](Call& c) -> Results {
    ComplexParts x = signalOf(c);
    const int64_t rank = x.real.rank();
    const Dims sizes = c.has("s") ? c.dims("s") : Dims();
    std::vector<int64_t> axes;
    if (c.has("dim")) {
      axes = c.axes("dim", rank);
    } else {
      const int64_t count = sizes.empty() ? rank : static_cast<int64_t>(sizes.size());
      for (int64_t axis = rank - count; axis < rank; ++axis) axes.push_back(axis);
    }
    const auto run = [&](size_t i, Kind of) {
      std::optional<Dim> given;
      if (i < sizes.size() && sizes[i] != Dim(-1)) given = sizes[i];
      x = along(c, x, axes[i], of, inverse, given);
    };
    if (kind != Kind::ToReal) run(axes.size() - 1, kind);
    for (size_t i = 0; i + 1 < axes.size(); ++i) run(i, Kind::Complex);
    if (kind == Kind::ToReal) run(axes.size() - 1, kind);
    return asResults(c, x);
  };
}

}  // namespace

ComplexParts transformed(Builder& b, const ComplexParts& x, const Transform& t, const Dim& bins) {
  if (!x.imaginary && t.size.isLiteral() && t.size.literal() >= kSmallestFolded)
    return foldedTransform(b, x.real, t, bins);
  const Grid grid{t.size, 0, t.size, bins};
  const Tensor cosine = cosines(b, x.real.dtype(), grid), sine = sines(b, x.real.dtype(), grid);
  // forward: (re + im·i)(cos - sin·i)
  const double sign = t.inverse ? 1 : -1;
  Tensor re = b.matmul(x.real, cosine), im = b.mulScalar(b.matmul(x.real, sine), sign);
  if (x.imaginary) {
    re = b.sub(re, b.mulScalar(b.matmul(x.imaginary, sine), sign));
    im = b.add(im, b.matmul(x.imaginary, cosine));
  }
  return {scaled(b, re, t), scaled(b, im, t)};
}

Tensor realInverse(Builder& b, const ComplexParts& x, const Transform& t) {
  const DType dtype = x.real.dtype();
  const Dim bins = ir::floorDiv(t.size, 2) + Dim(1);
  const Grid grid{t.size, 0, bins, t.size};
  // Frequencies other than 0 and size/2 stand for their mirror image too.
  const Tensor k = b.range(0, bins);
  const Tensor alone =
      b.op("Or", {b.compare("Equal", k, b.int64(0)), b.compare("Equal", b.mul(k, b.int64(2)), b.dim(t.size))});
  const Tensor weight = b.where(alone, b.scalar(dtype, 1), b.scalar(dtype, 2));
  Tensor result = b.matmul(b.mul(x.real, weight), cosines(b, dtype, grid));
  if (x.imaginary) result = b.sub(result, b.matmul(b.mul(x.imaginary, weight), sines(b, dtype, grid)));
  return scaled(b, result, t);
}

std::vector<Row> fourier() {
  constexpr auto complex = Kind::Complex, fromReal = Kind::FromReal, toReal = Kind::ToReal;
  return {
      {"aten::fft_fft(self, n, dim, norm)", one(complex, false)},
      {"aten::fft_ifft(self, n, dim, norm)", one(complex, true)},
      {"aten::fft_rfft(self, n, dim, norm)", one(fromReal, false)},
      {"aten::fft_irfft(self, n, dim, norm)", one(toReal, true)},
      {"aten::fft_fft2(self, s, dim, norm)", several(complex, false)},
      {"aten::fft_ifft2(self, s, dim, norm)", several(complex, true)},
      {"aten::fft_rfft2(self, s, dim, norm)", several(fromReal, false)},
      {"aten::fft_irfft2(self, s, dim, norm)", several(toReal, true)},
      {"aten::fft_fftn(self, s, dim, norm)", several(complex, false)},
      {"aten::fft_ifftn(self, s, dim, norm)", several(complex, true)},
      {"aten::fft_rfftn(self, s, dim, norm)", several(fromReal, false)},
      {"aten::fft_irfftn(self, s, dim, norm)", several(toReal, true)},
  };
}

}  // namespace deploytool::exporter::ops
