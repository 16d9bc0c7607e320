// Complex tensors as pairs (complex.h): making and reading pairs, and which operators work part by part.
#include "export/complex.h"

#include <algorithm>
#include <complex>
#include <cstring>
#include <set>
#include <string>

#include "export/cell.h"
#include "export/ops/complex_arithmetic.h"

namespace deploytool::exporter {

namespace {

constexpr const char* kDomain = "deploytool.internal";
constexpr const char* kPair = "Complex";

template <class T>
ComplexParts splitConstant(const ir::Tensor& x, DType real) {
  std::vector<std::byte> bytes(static_cast<size_t>(x.byteSize()));
  x.gather(bytes.data());
  const auto count = static_cast<size_t>(x.numel());
  std::vector<T> all(2 * count), re(count), im(count);
  if (!bytes.empty()) std::memcpy(all.data(), bytes.data(), bytes.size());
  for (size_t i = 0; i < count; ++i) {
    re[i] = all[2 * i];
    im[i] = all[2 * i + 1];
  }
  const auto tensor = [&](const std::vector<T>& values) {
    return Tensor(std::make_shared<const ir::Tensor>(ir::Tensor::of(real, x.dims(), values)));
  };
  return {tensor(re), tensor(im)};
}

bool isComplexValue(CallHost& host, const Value& value) {
  if (const auto* cell = value.as<TensorVar>()) return ir::isComplex(host.read(*cell).dtype());
  if (const auto* list = value.as<std::shared_ptr<ListValue>>())
    return std::any_of((*list)->items.begin(), (*list)->items.end(),
                       [&](const Value& item) { return item.isTensor() && isComplexValue(host, item); });
  return value.is<std::complex<double>>();
}

/// Operators without arithmetic: the row applied to each part, other arguments as they are.
const std::set<std::string>& structural() {
  // clang-format off
  static const std::set<std::string> kNames = {
    "view", "_unsafe_view", "_reshape_alias", "reshape", "view_as", "reshape_as", "flatten", "ravel", "unflatten",
    "permute", "transpose", "swapdims", "swapaxes", "t", "numpy_T", "mT", "movedim", "moveaxis", "squeeze",
    "unsqueeze", "expand", "expand_as", "broadcast_to", "contiguous", "clone", "detach", "alias", "select", "slice",
    "narrow", "index_select", "gather", "index", "split", "split_with_sizes", "chunk", "unbind", "tensor_split",
    "roll", "flip", "repeat", "tile", "repeat_interleave", "sum", "mean", "cumsum", "neg", "negative", "diff",
    "unfold", "diagonal", "tril", "triu", "take_along_dim", "fft_fftshift", "fft_ifftshift", "positive", "view_copy",
    "fliplr", "flipud", "rot90", "nansum", "data"};
  // clang-format on
  return kNames;
}

/// Operators linear in the tensors named here: a real one takes part with an imaginary part of zeros.
const std::set<std::string>& linear() {
  static const std::set<std::string> kNames = {"cat",
                                               "concat",
                                               "concatenate",
                                               "stack",
                                               "hstack",
                                               "vstack",
                                               "dstack",
                                               "add",
                                               "sub",
                                               "subtract",
                                               "rsub",
                                               "where",
                                               "masked_fill",
                                               "index_put",
                                               "_index_put_impl",
                                               "index_add",
                                               "index_copy",
                                               "scatter",
                                               "scatter_add",
                                               "constant_pad_nd",
                                               "select_scatter",
                                               "slice_scatter",
                                               "copy",
                                               "fill",
                                               "masked_scatter",
                                               "lerp", "pad"};
  return kNames;
}
bool isLinearIn(const std::string& argument) {
  static const std::set<std::string> kNames = {"self", "other", "tensors", "values", "value", "src", "source", "end"};
  return kNames.count(argument) != 0;
}

/// Operators linear in each of two operands.
const std::set<std::string>& bilinear() {
  static const std::set<std::string> kNames = {"mul", "multiply", "matmul", "mm",     "bmm",  "mv",
                                               "dot", "outer",    "ger",    "einsum", "kron", "linalg_matmul"};
  return kNames;
}

/// Operators whose own rows know complex tensors, or do not look at what a tensor holds.
const std::set<std::string>& aware() {
  static const std::set<std::string> kNames = {"size",
                                               "sym_size",
                                               "numel",
                                               "sym_numel",
                                               "dim",
                                               "len",
                                               "_shape_as_tensor",
                                               "stride",
                                               "is_contiguous",
                                               "is_complex",
                                               "is_floating_point",
                                               "is_signed",
                                               "is_same_size",
                                               "dtype",
                                               "device",
                                               "is_cuda",
                                               "layout",
                                               "requires_grad",
                                               "is_conj",
                                               "is_neg",
                                               "view_as_real",
                                               "imag",
                                               "__is__",
                                               "__isnot__",
                                               "stft",
                                               "istft",
                                               "fft_fft",
                                               "fft_ifft",
                                               "fft_irfft",
                                               "fft_fft2",
                                               "fft_ifft2",
                                               "fft_irfft2",
                                               "fft_fftn",
                                               "fft_ifftn",
                                               "fft_irfftn"};
  return kNames;
}

std::string baseName(const ts::Schema& schema) {
  std::string name(schema.name);
  if (const size_t at = name.find("::"); at != std::string::npos) name.erase(0, at + 2);
  if (name.ends_with("_") && !name.ends_with("__")) name.pop_back();
  return name;
}

struct PartWise {
  CallHost& host;
  Builder& b;
  const ts::Schema& schema;
  const Row& row;
  const std::vector<Value>& arguments;

  Results run(std::vector<Value> changed) const {
    Call call(host, b, schema, std::move(changed));
    return row.lower(call);
  }

  /// The real or imaginary part of an argument; `fill`: a real one has imaginary part 0, else it is left alone.
  Value part(const Value& value, bool imaginary, bool fill) const {
    if (const auto* number = value.as<std::complex<double>>()) return imaginary ? number->imag() : number->real();
    if (const auto* list = value.as<std::shared_ptr<ListValue>>()) {
      auto copy = std::make_shared<ListValue>(**list);
      for (Value& item : copy->items)
        if (item.isTensor()) item = part(item, imaginary, fill);
      return copy;
    }
    if (const auto* cell = value.as<TensorVar>()) {
      const Tensor x = host.read(*cell);
      if (ir::isComplex(x.dtype())) {
        const ComplexParts parts = partsOf(b, x);
        return Value(imaginary ? parts.imaginary : parts.real);
      }
      return fill && imaginary ? Value(b.fullLike(x, 0)) : value;
    }
    const bool isNumber = value.is<double>() || value.is<Dim>() || value.is<bool>() || value.is<RuntimeScalar>();
    return fill && imaginary && isNumber ? Value(0.0) : value;
  }

  std::vector<Value> parts(bool imaginary, bool isLinear) const {
    std::vector<Value> result = arguments;
    for (size_t i = 0; i < result.size() && i < schema.arguments.size(); ++i) {
      const bool fill = isLinear && isLinearIn(schema.arguments[i].name);
      if (fill || isComplexValue(host, result[i])) result[i] = part(result[i], imaginary, fill);
    }
    return result;
  }

  Value join(const Value& re, const Value& im) const {
    const auto *a = re.as<TensorVar>(), *c = im.as<TensorVar>();
    if (a && c) return Value(complexTensor(b, host.read(*a), host.read(*c)));
    const auto *as = re.as<std::shared_ptr<ListValue>>(), *cs = im.as<std::shared_ptr<ListValue>>();
    if (!as || !cs || (*as)->isSequence() || (*as)->items.size() != (*cs)->items.size())
      throw Refusal{row.name + " of a complex tensor: its results cannot be paired"};
    auto list = std::make_shared<ListValue>(**as);
    for (size_t i = 0; i < list->items.size(); ++i) list->items[i] = join((*as)->items[i], (*cs)->items[i]);
    return list;
  }

  Results onEachPart(bool isLinear) const {
    Results re = run(parts(false, isLinear));
    const Results im = run(parts(true, isLinear));
    for (size_t i = 0; i < re.size(); ++i) re[i] = join(re[i], im.at(i));
    return re;
  }

  // ---- products: (a + bi)(c + di) = (ac - bd) + (ad + bc)i

  Tensor product(const std::vector<Value>& operands, bool listed) const {
    std::vector<Value> changed = arguments;
    if (listed) {  // einsum: the operands are a list
      const size_t at = listArgument();
      auto list = std::make_shared<ListValue>(**changed[at].as<std::shared_ptr<ListValue>>());
      list->items = operands;
      changed[at] = list;
    } else {
      changed.at(0) = operands.at(0);
      changed.at(1) = operands.at(1);
    }
    const Results results = run(std::move(changed));
    return host.read(*results.at(0).as<TensorVar>());
  }

  size_t listArgument() const {
    for (size_t i = 0; i < arguments.size(); ++i)
      if (arguments[i].is<std::shared_ptr<ListValue>>() && isComplexValue(host, arguments[i])) return i;
    return arguments.size();
  }

  Results products() const {
    const size_t at = listArgument();
    const bool listed = at < arguments.size();
    const std::vector<Value> operands = listed ? (*arguments[at].as<std::shared_ptr<ListValue>>())->items
                                               : std::vector<Value>(arguments.begin(), arguments.begin() + 2);
    if (operands.size() != 2) throw Refusal{row.name + " of complex tensors takes two operands here"};
    const bool complexA = isComplexValue(host, operands[0]), complexB = isComplexValue(host, operands[1]);
    const Value ar = part(operands[0], false, false), br = part(operands[1], false, false);
    const Tensor rr = product({ar, br}, listed);
    if (!complexB) return {Value(complexTensor(b, rr, product({part(operands[0], true, false), br}, listed)))};
    const Value bi = part(operands[1], true, false);
    const Tensor ri = product({ar, bi}, listed);
    if (!complexA) return {Value(complexTensor(b, rr, ri))};
    const Value ai = part(operands[0], true, false);
    return {Value(complexTensor(b, b.sub(rr, product({ai, bi}, listed)), b.add(ri, product({ai, br}, listed))))};
  }
};

}  // namespace

DType realDType(DType type) { return type == DType::Complex128 ? DType::Float64 : DType::Float32; }
DType complexDType(DType type) { return type == DType::Float64 ? DType::Complex128 : DType::Complex64; }

ComplexParts partsOf(Builder& b, const Tensor& x) {
  if (x.isConstant())
    return x.dtype() == DType::Complex128 ? splitConstant<double>(*x.constant(), DType::Float64)
                                          : splitConstant<float>(*x.constant(), DType::Float32);
  const ir::Node* node = x.value()->producer();
  if (!node || node->opType != kPair || node->domain != kDomain)
    throw Refusal{"a complex tensor that comes from outside of the model"};
  static_cast<void>(b);
  return {Tensor(node->input(0)), Tensor(node->input(1))};
}

Tensor complexTensor(Builder& b, const Tensor& real, const Tensor& imaginary) {
  DType type = real.dtype() == DType::Float64 || imaginary.dtype() == DType::Float64 ? DType::Float64 : DType::Float32;
  const Tensor re = b.cast(real, type), im = b.cast(imaginary, type);
  ir::Node* node = b.graph().addNode(kPair, {b.use(re), b.use(im)}, 1, {}, nullptr, kDomain);
  node->output()->type = ir::Type::tensor(complexDType(type), re.dims());
  return Tensor(node->output());
}

Tensor castToComplex(Builder& b, const Tensor& x, DType dtype) {
  const ComplexParts parts = ir::isComplex(x.dtype()) ? partsOf(b, x) : ComplexParts{x, b.fullLike(x, 0)};
  return complexTensor(b, b.cast(parts.real, realDType(dtype)), b.cast(parts.imaginary, realDType(dtype)));
}

bool anyComplex(CallHost& host, const std::vector<Value>& arguments) {
  return std::any_of(arguments.begin(), arguments.end(),
                     [&](const Value& value) { return isComplexValue(host, value); });
}

Results lowerComplex(CallHost& host, Builder& b, const ts::Schema& schema, const Row* row,
                     const std::vector<Value>& arguments) {
  const std::string name = baseName(schema);
  Call call(host, b, schema, arguments);
  if (const Lowering* lowering = ops::complexLowering(name)) return (*lowering)(call);
  if (!row) throw Refusal{schema.key() + " of a complex tensor has no lowering"};
  if (row->whenStatic == Row::Static::Always || aware().count(name)) return row->lower(call);
  const PartWise partWise{host, b, schema, *row, arguments};
  if (structural().count(name)) return partWise.onEachPart(false);
  if (linear().count(name)) return partWise.onEachPart(true);
  if (bilinear().count(name)) return partWise.products();
  throw Refusal{schema.key() + " of a complex tensor has no lowering"};
}

Tensor packComplex(Builder& b, const Tensor& x) {
  const ComplexParts parts = partsOf(b, x);
  return b.stack({parts.real, parts.imaginary}, x.rank());
}

Tensor unpackComplex(Builder& b, const Tensor& packed) {
  return complexTensor(b, b.select(packed, packed.rank() - 1, 0), b.select(packed, packed.rank() - 1, 1));
}

bool removeComplexNodes(ir::Graph& graph) {
  std::vector<ir::Node*> pairs;
  graph.forEachNode([&](ir::Node& node) {
    if (node.opType == kPair && node.domain == kDomain) pairs.push_back(&node);
  });
  for (auto it = pairs.rbegin(); it != pairs.rend(); ++it) {
    if (!(*it)->output()->isUnused()) return false;
    (*it)->graph().remove(*it);
  }
  return true;
}

}  // namespace deploytool::exporter
