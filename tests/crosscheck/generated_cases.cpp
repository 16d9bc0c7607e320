// Generators, one per family of operators.
#include "generated_cases.h"

#include <algorithm>
#include <numeric>

namespace deploytool::ir::test {
namespace {

GeneratedCase made(std::string opType, std::vector<Attribute> attributes = {}, size_t outputs = 1, int64_t opset = 13) {
  GeneratedCase result;
  result.row.opType = std::move(opType);
  result.row.attributes = std::move(attributes);
  result.row.outputs.resize(outputs);
  result.row.opset = opset;
  return result;
}

}  // namespace

Ints CaseGenerator::sizes(size_t rank, int64_t low, int64_t high) {
  Ints result(rank);
  for (int64_t& size : result) size = between(low, high);
  return result;
}

Ints CaseGenerator::someAxes(size_t rank) {
  Ints axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  std::shuffle(axes.begin(), axes.end(), random_);
  axes.resize(static_cast<size_t>(between(1, static_cast<int64_t>(rank))));
  for (int64_t& axis : axes)
    if (chance(30)) axis -= static_cast<int64_t>(rank);
  return axes;
}

std::string CaseGenerator::dim(GeneratedCase& out, int64_t size) {
  if (chance(50)) return std::to_string(size);
  const int64_t offset = chance(30) ? between(0, 2) : 0;
  if (size < offset) return std::to_string(size);
  std::string name = (chance(50) ? "s" : "u") + std::to_string(size - offset);
  out.values[name] = size - offset;
  return offset ? name + " + " + std::to_string(offset) : name;
}

std::string CaseGenerator::tensor(GeneratedCase& out, const Ints& dims, const std::string& dtype) {
  std::string result = dtype + "[";
  for (size_t i = 0; i < dims.size(); ++i) result += (i ? ", " : "") + dim(out, dims[i]);
  return result + "]";
}

std::string CaseGenerator::constant(const Ints& values) {
  std::string result = "i64[" + std::to_string(values.size()) + "]=";
  for (size_t i = 0; i < values.size(); ++i) result += (i ? ", " : "") + std::to_string(values[i]);
  return result;
}

std::string CaseGenerator::elements(GeneratedCase& out, const Ints& values) {
  if (values.empty()) return constant(values);
  std::string result = "i64[" + std::to_string(values.size()) + "]{";
  for (size_t i = 0; i < values.size(); ++i)
    result += (i ? ", " : "") + (values[i] < 0 ? std::to_string(values[i]) : dim(out, values[i]));
  return result + "}";
}

GeneratedCase CaseGenerator::slice() {
  GeneratedCase out = made("Slice");
  const auto rank = static_cast<size_t>(between(1, 3));
  const Ints dims = sizes(rank, chance(80) ? 1 : 0, 9);
  const Ints axes = someAxes(rank);
  Ints starts = draw(axes.size(), -11, 11);
  Ints ends = draw(axes.size(), -11, 11);
  Ints steps = draw(axes.size(), -3, 3);
  for (size_t i = 0; i < axes.size(); ++i) {
    const bool empty = std::count(dims.begin(), dims.end(), 0) > 0;  // libonnx errs on reversed empty axes
    if (steps[i] == 0 || empty) steps[i] = 1;
    if (chance(30)) ends[i] = steps[i] > 0 ? INT64_MAX : INT64_MIN;
  }
  out.row.inputs = {tensor(out, dims), elements(out, starts), "", constant(axes), constant(steps)};
  out.row.inputs[2] =
      chance(50) && std::none_of(ends.begin(), ends.end(), [](int64_t e) { return std::abs(e >> 1) > 11; })
          ? elements(out, ends)
          : constant(ends);
  return out;
}

GeneratedCase CaseGenerator::broadcasting() {
  static const char* const operators[] = {"Add", "Mul", "Max", "Pow", "Less", "Sub"};
  GeneratedCase out = made(operators[between(0, 5)]);
  const Ints result = sizes(static_cast<size_t>(between(0, 4)), 0, 4);
  for (int i = 0; i < 2; ++i) {
    Ints dims = result;
    for (int64_t& dim : dims)
      if (chance(30)) dim = 1;
    dims.erase(dims.begin(), dims.begin() + between(0, static_cast<int64_t>(dims.size())));
    out.row.inputs.push_back(tensor(out, dims));
  }
  return out;
}

GeneratedCase CaseGenerator::reshape() {
  GeneratedCase out = made("Reshape");
  const Ints dims = sizes(static_cast<size_t>(between(1, 4)), 1, 6);
  Ints target = dims;
  std::shuffle(target.begin(), target.end(), random_);
  while (target.size() > 1 && chance(50)) {
    target[target.size() - 2] *= target.back();
    target.pop_back();
  }
  if (chance(60)) target[static_cast<size_t>(between(0, static_cast<int64_t>(target.size()) - 1))] = -1;
  for (size_t i = 0; i < target.size() && i < dims.size(); ++i)
    if (target[i] == dims[i] && chance(30)) target[i] = 0;
  const std::string data = tensor(out, dims);
  const bool hasZero = std::count(target.begin(), target.end(), 0) > 0;
  out.row.inputs = {data, hasZero ? constant(target) : elements(out, target)};
  return out;
}

GeneratedCase CaseGenerator::convolution() {
  const auto rank = static_cast<size_t>(between(1, 3));
  const Ints strides = draw(rank, 1, 3);
  const Ints dilations = draw(rank, 1, 2);
  const Ints pads = draw(2 * rank, 0, 2);
  static const char* const paddings[] = {"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"};
  const char* padding = paddings[chance(70) ? 0 : between(1, 3)];
  GeneratedCase out = made("Conv", {{"strides", strides}, {"auto_pad", padding}});
  if (padding[0] != 'S') out.row.attributes.emplace_back("dilations", dilations);
  if (padding[0] == 'N') out.row.attributes.emplace_back("pads", pads);
  const int64_t channels = between(1, 8);
  Ints dims = sizes(rank, 7, 30);
  dims.insert(dims.begin(), {between(1, 4), channels});
  Ints weight = sizes(rank, 1, 3);
  weight.insert(weight.begin(), {between(1, 8), channels});
  out.row.inputs = {tensor(out, dims), tensor(out, weight)};
  return out;
}

GeneratedCase CaseGenerator::transposedConvolution() {
  const auto rank = static_cast<size_t>(between(1, 3));
  const Ints strides = draw(rank, 2, 3);
  GeneratedCase out = made("ConvTranspose", {{"strides", strides},
                                             {"dilations", draw(rank, 1, 2)},
                                             {"pads", draw(2 * rank, 0, 1)},
                                             {"output_padding", draw(rank, 0, 1)}});
  const int64_t channels = between(1, 4);
  Ints dims = sizes(rank, 4, 12);
  dims.insert(dims.begin(), {between(1, 4), 2 * channels});
  Ints weight = sizes(rank, 2, 4);
  weight.insert(weight.begin(), {2 * channels, between(1, 8)});
  if (chance(30)) out.row.attributes.emplace_back("group", 2);
  out.row.inputs = {tensor(out, dims), tensor(out, weight)};
  return out;
}

GeneratedCase CaseGenerator::pooling() {
  const auto rank = static_cast<size_t>(between(1, 3));
  const Ints kernel = draw(rank, 2, 3);
  Ints pads = draw(2 * rank, 0, 1);
  // with strides no larger than the kernel less its padding every window starts inside, as libonnx 1.12 assumes
  const bool max = chance(50);
  GeneratedCase out =
      made(max ? "MaxPool" : "AveragePool", {{"kernel_shape", kernel}, {"strides", draw(rank, 1, 2)}}, max ? 2 : 1);
  const bool ceil = chance(40);
  if (ceil)
    out.row.attributes.emplace_back("ceil_mode", 1);
  else
    out.row.attributes.emplace_back("pads", pads);
  Ints dims = sizes(rank, 4, 20);
  dims.insert(dims.begin(), {between(1, 4), between(1, 4)});
  out.row.inputs = {tensor(out, dims)};
  return out;
}

GeneratedCase CaseGenerator::pad() {
  GeneratedCase out = made("Pad");
  const auto rank = static_cast<size_t>(between(1, 4));
  const Ints dims = sizes(rank, 2, 9);
  const Ints pads = draw(2 * rank, -1, 4);
  out.row.inputs = {tensor(out, dims), elements(out, pads)};
  return out;
}

GeneratedCase CaseGenerator::concat() {
  const Ints dims = sizes(static_cast<size_t>(between(1, 4)), 0, 5);
  const int64_t axis = between(0, static_cast<int64_t>(dims.size()) - 1);
  GeneratedCase out = made("Concat", {{"axis", axis - (chance(30) ? static_cast<int64_t>(dims.size()) : 0)}});
  const int64_t count = between(1, 4);
  for (int64_t i = 0; i < count; ++i) {
    Ints piece = dims;
    piece[static_cast<size_t>(axis)] = between(0, 5);
    out.row.inputs.push_back(tensor(out, piece));
  }
  return out;
}

GeneratedCase CaseGenerator::split() {
  const Ints parts = draw(static_cast<size_t>(between(1, 4)), 0, 4);
  Ints dims = sizes(static_cast<size_t>(between(1, 3)), 1, 5);
  const int64_t axis = between(0, static_cast<int64_t>(dims.size()) - 1);
  GeneratedCase out = made("Split", {{"axis", axis}}, parts.size());
  if (chance(50)) {
    dims[static_cast<size_t>(axis)] = static_cast<int64_t>(parts.size()) * between(0, 4);
    out.row.inputs = {tensor(out, dims)};
  } else {
    dims[static_cast<size_t>(axis)] = std::accumulate(parts.begin(), parts.end(), int64_t{0});
    out.row.inputs = {tensor(out, dims), elements(out, parts)};
  }
  return out;
}

GeneratedCase CaseGenerator::gather() {
  const Ints dims = sizes(static_cast<size_t>(between(1, 4)), 1, 5);
  const auto rank = static_cast<int64_t>(dims.size());
  const int64_t axis = between(-rank, rank - 1);
  GeneratedCase out = made("Gather", {{"axis", axis}});
  out.row.inputs = {tensor(out, dims), tensor(out, sizes(static_cast<size_t>(between(0, 2)), 0, 5), "i64")};
  return out;
}

GeneratedCase CaseGenerator::reduction() {
  static const char* const operators[] = {"ReduceMean", "ReduceMax", "ReduceL2", "ReduceSum", "ArgMax"};
  const int64_t which = between(0, 4);
  const Ints dims = sizes(static_cast<size_t>(between(1, 4)), 1, 5);
  GeneratedCase out = made(operators[which], {{"keepdims", between(0, 1)}});
  out.row.inputs = {tensor(out, dims)};
  const Ints axes = someAxes(dims.size());
  if (which == 4)
    out.row.attributes.emplace_back("axis", axes[0]);
  else if (which == 3 && chance(80))
    out.row.inputs.push_back(constant(axes));
  else if (which < 3 && chance(80))
    out.row.attributes.emplace_back("axes", axes);
  return out;
}

GeneratedCase CaseGenerator::axesOnly() {
  const bool squeeze = chance(50);
  GeneratedCase out = made(squeeze ? "Squeeze" : "Unsqueeze");
  const size_t rank = static_cast<size_t>(between(1, 4));
  const Ints axes = someAxes(rank);
  Ints dims = sizes(squeeze ? rank : rank - axes.size(), 1, 5);
  if (squeeze)
    for (int64_t axis : axes) dims[static_cast<size_t>(axis < 0 ? axis + static_cast<int64_t>(rank) : axis)] = 1;
  out.row.inputs = {tensor(out, dims), constant(axes)};
  return out;
}

GeneratedCase CaseGenerator::permuted() {
  const Ints dims = sizes(static_cast<size_t>(between(1, 5)), 0, 5);
  if (chance(30)) {
    GeneratedCase out =
        made("Flatten", {{"axis", between(-static_cast<int64_t>(dims.size()), static_cast<int64_t>(dims.size()))}});
    out.row.inputs = {tensor(out, dims)};
    return out;
  }
  Ints order(dims.size());
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), random_);
  GeneratedCase out = made("Transpose", {{"perm", order}});
  out.row.inputs = {tensor(out, dims)};
  return out;
}

GeneratedCase CaseGenerator::matrixProduct() {
  const int64_t inner = between(1, 5);
  const Ints batch = sizes(static_cast<size_t>(between(0, 2)), 1, 4);
  auto side = [&](bool left) {
    Ints dims = batch;
    for (int64_t& dim : dims)
      if (chance(30)) dim = 1;
    dims.erase(dims.begin(), dims.begin() + between(0, static_cast<int64_t>(dims.size())));
    if (dims.empty() && chance(20)) return Ints{inner};
    const int64_t outer = between(1, 5);
    dims.insert(dims.end(), {left ? outer : inner, left ? inner : outer});
    return dims;
  };
  GeneratedCase out = made("MatMul");
  out.row.inputs = {tensor(out, side(true)), tensor(out, side(false))};
  return out;
}

GeneratedCase CaseGenerator::repeated() {
  const auto rank = static_cast<size_t>(between(1, 4));
  Ints dims = sizes(rank, 1, 4);
  if (chance(50)) {
    GeneratedCase out = made("Tile");
    out.row.inputs = {tensor(out, dims), elements(out, draw(rank, 0, 3))};
    return out;
  }
  GeneratedCase out = made("Expand");
  const Ints target = dims;
  for (int64_t& dim : dims)
    if (chance(50)) dim = 1;
  out.row.inputs = {tensor(out, dims), elements(out, target)};
  return out;
}

GeneratedCase CaseGenerator::next() {
  using Generator = GeneratedCase (CaseGenerator::*)();
  static const Generator generators[] = {
      &CaseGenerator::slice,         &CaseGenerator::slice,    &CaseGenerator::broadcasting,
      &CaseGenerator::reshape,       &CaseGenerator::reshape,  &CaseGenerator::convolution,
      &CaseGenerator::pooling,       &CaseGenerator::pad,      &CaseGenerator::transposedConvolution,
      &CaseGenerator::concat,        &CaseGenerator::split,    &CaseGenerator::gather,
      &CaseGenerator::reduction,     &CaseGenerator::axesOnly, &CaseGenerator::permuted,
      &CaseGenerator::matrixProduct, &CaseGenerator::repeated};
  return (this->*generators[between(0, std::size(generators) - 1)])();
}

}  // namespace deploytool::ir::test
