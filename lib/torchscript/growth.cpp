// Estimates of result sizes; see growth.h. One row per operator whose result can be much larger than its inputs; all
// arithmetic in double, which cannot overflow.
#include "torchscript/growth.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace deploytool::ts {

namespace {

/// The arguments of one call, by name.
class Call {
 public:
  Call(const Schema& schema, const std::vector<Value>& arguments) : schema_(schema), arguments_(arguments) {}

  const Value* find(std::string_view name) const {
    for (size_t i = 0; i < schema_.arguments.size() && i < arguments_.size(); ++i) {
      if (schema_.arguments[i].name == name) return &arguments_[i];
    }
    return nullptr;
  }
  const ir::Tensor* tensor(std::string_view name) const {
    const Value* value = find(name);
    const auto* held = value ? std::get_if<ir::TensorPtr>(&value->data) : nullptr;
    return held ? held->get() : nullptr;
  }
  double number(std::string_view name, double otherwise) const {
    const Value* value = find(name);
    return value ? toNumber(*value, otherwise) : otherwise;
  }
  /// Numbers of a list (or of a single one).
  std::vector<double> numbers(std::string_view name) const {
    std::vector<double> result;
    const Value* value = find(name);
    if (!value) return result;
    if (const auto* list = std::get_if<std::shared_ptr<List>>(&value->data)) {
      for (const auto& item : (*list)->items) result.push_back(toNumber(item, 1));
    } else if (!value->isNone()) {
      result.push_back(toNumber(*value, 1));
    }
    return result;
  }
  std::vector<const ir::Tensor*> tensors() const {
    std::vector<const ir::Tensor*> result;
    for (const auto& value : arguments_) {
      if (const auto* held = std::get_if<ir::TensorPtr>(&value.data)) result.push_back(held->get());
    }
    return result;
  }
  const std::vector<Value>& arguments() const { return arguments_; }

 private:
  static double toNumber(const Value& value, double otherwise) {
    if (const auto* v = std::get_if<int64_t>(&value.data)) return static_cast<double>(*v);
    if (const auto* v = std::get_if<double>(&value.data)) return *v;
    if (const auto* v = std::get_if<ir::TensorPtr>(&value.data)) {
      return (*v)->numel() == 1 ? (*v)->toDoubles()[0] : otherwise;
    }
    return otherwise;
  }

  const Schema& schema_;
  const std::vector<Value>& arguments_;
};

constexpr double kWidest = 8;  // bytes of an element whose dtype is not looked at

double productOf(const std::vector<double>& numbers) {
  double result = 1;
  for (double n : numbers) result *= std::max(n, 0.0);
  return result;
}

double numel(const ir::Tensor* tensor) { return tensor ? static_cast<double>(tensor->numel()) : 1; }

double sized(const Call& call) { return productOf(call.numbers("size")) * kWidest; }

double arange(const Call& call) {
  const double start = call.number("start", 0);
  const double step = call.number("step", 1);
  return step == 0 ? 0 : (call.number("end", 0) - start) / step * kWidest;
}

double steps(const Call& call) { return call.number("steps", 100) * kWidest; }

double eye(const Call& call) {
  const double n = call.number("n", 1);
  return n * call.number("m", n) * kWidest;
}

double repeat(const Call& call) {
  auto times = call.numbers("repeats");
  if (times.empty()) times = call.numbers("dims");
  return productOf(times) * numel(call.tensor("self")) * kWidest;
}

double repeatInterleave(const Call& call) {
  const auto* repeats = call.tensor("repeats");
  if (!repeats) return call.number("repeats", 1) * numel(call.tensor("self")) * kWidest;
  double total = 0;
  for (double n : repeats->toDoubles()) total += n;
  const auto* self = call.tensor("self");
  return total * (self ? numel(self) : 1) * kWidest;
}

double triangle(const Call& call) { return call.number("row", 1) * call.number("col", 1) * 2 * kWidest; }

double oneHot(const Call& call) {
  const auto* self = call.tensor("self");
  double classes = call.number("num_classes", -1);
  if (classes < 0 && self && self->numel() > 0) {
    const auto values = self->toInt64s();
    classes = static_cast<double>(*std::max_element(values.begin(), values.end())) + 1;
  }
  return numel(self) * classes * kWidest;
}

double allPairs(const Call& call) {
  double result = kWidest;
  for (const auto* tensor : call.tensors()) result *= numel(tensor);
  return result;
}

/// (batch, m, k) × (batch, k, n): everything but k, at most.
double matmul(const Call& call) {
  const auto tensors = call.tensors();
  double result = kWidest;
  int64_t batch = 1;
  for (const auto* tensor : tensors) {
    const auto& dims = tensor->dims();
    if (dims.size() < 2) continue;
    int64_t b = 1;
    for (size_t i = 0; i + 2 < dims.size(); ++i) b *= dims[i];
    batch = std::max(batch, b);
  }
  if (tensors.size() < 2) return 0;
  const auto& a = tensors[tensors.size() - 2]->dims();
  const auto& b = tensors[tensors.size() - 1]->dims();
  if (a.size() >= 2) result *= static_cast<double>(a[a.size() - 2]);
  if (b.size() >= 2) result *= static_cast<double>(b[b.size() - 1]);
  return result * static_cast<double>(batch);
}

double padded(const Call& call) {
  const auto* self = call.tensor("self");
  if (!self) return 0;
  auto pads = call.numbers("pad");
  if (pads.empty()) pads = call.numbers("padding");
  double result = kWidest;
  const auto rank = self->dims().size();
  for (size_t i = 0; i < rank; ++i) {
    const size_t at = 2 * (rank - 1 - i);  // the last axis comes first
    double dim = static_cast<double>(self->dims()[i]);
    if (at + 1 < pads.size()) dim += pads[at] + pads[at + 1];
    result *= std::max(dim, 0.0);
  }
  return result;
}

double resized(const Call& call) {
  const auto* input = call.tensor("self") ? call.tensor("self") : call.tensor("input");
  if (!input || input->dims().size() < 3) return 0;
  auto size = call.numbers("output_size");
  if (size.empty()) size = call.numbers("size");
  const double planes = static_cast<double>(input->dims()[0] * input->dims()[1]);
  if (!size.empty()) return planes * productOf(size) * kWidest;
  auto scales = call.numbers("scale_factors");
  if (scales.empty()) scales = call.numbers("scale_factor");
  return numel(input) * productOf(scales) * kWidest;
}

double padTo(const Call& call) {
  const double n = std::max(productOf(call.numbers("s")), call.number("n", 1));
  return numel(call.tensor("self")) * std::max(n, 1.0) * 2 * kWidest;
}

double bins(const Call& call) {
  double most = std::max(call.number("minlength", 0), call.number("bins", 0));
  if (const auto* self = call.tensor("self"); self && self->numel() > 0 && isIntegral(self->dtype())) {
    const auto values = self->toInt64s();
    most = std::max(most, static_cast<double>(*std::max_element(values.begin(), values.end())) + 1);
  }
  return most * kWidest;
}

double columns(const Call& call) {
  return numel(call.tensor("self")) * productOf(call.numbers("kernel_size")) * kWidest;
}

double repeatedList(const Call& call) {
  const auto times = call.number("n", 1);
  for (const auto& value : call.arguments()) {
    if (const auto* list = std::get_if<std::shared_ptr<List>>(&value.data)) {
      return static_cast<double>((*list)->items.size()) * times * 32;
    }
  }
  return 0;
}

double width(const Call& call) { return std::max(call.number("width", 0), call.number("tabsize", 0) * 64); }

using Estimate = double (*)(const Call&);

const std::unordered_map<std::string_view, Estimate>& estimates() {
  static const std::unordered_map<std::string_view, Estimate> rows = {
      {"zeros", sized}, {"ones", sized}, {"full", sized}, {"new_zeros", sized}, {"new_ones", sized},
      {"new_full", sized}, {"expand", sized}, {"broadcast_to", sized}, {"expand_copy", sized},
      {"as_strided", sized}, {"nonzero_static", sized},
      {"arange", arange}, {"range", arange}, {"__range_length", nullptr},
      {"linspace", steps}, {"logspace", steps},
      {"hann_window", nullptr},
      {"eye", eye},
      {"repeat", repeat}, {"tile", repeat}, {"repeat_interleave", repeatInterleave},
      {"tril_indices", triangle}, {"triu_indices", triangle}, {"one_hot", oneHot},
      {"outer", allPairs}, {"ger", allPairs}, {"kron", allPairs}, {"cdist", allPairs}, {"einsum", nullptr},
      {"cartesian_prod", nullptr},
      {"matmul", matmul}, {"mm", matmul}, {"bmm", matmul}, {"addmm", matmul}, {"baddbmm", matmul}, {"linear", nullptr},
      {"pad", padded}, {"constant_pad_nd", padded}, {"reflection_pad1d", padded}, {"reflection_pad2d", padded},
      {"reflection_pad3d", padded}, {"replication_pad1d", padded}, {"replication_pad2d", padded},
      {"replication_pad3d", padded},
      {"upsample_nearest1d", resized}, {"upsample_nearest2d", resized}, {"upsample_nearest3d", resized},
      {"_upsample_nearest_exact1d", resized}, {"_upsample_nearest_exact2d", resized},
      {"_upsample_nearest_exact3d", resized}, {"upsample_linear1d", resized}, {"upsample_bilinear2d", resized},
      {"upsample_bicubic2d", resized}, {"upsample_trilinear3d", resized}, {"_upsample_bilinear2d_aa", resized},
      {"_upsample_bicubic2d_aa", resized}, {"__interpolate", resized}, {"__upsample", resized},
      {"__upsample_nearest", resized}, {"__upsample_bilinear", resized},
      {"fft_fft", padTo}, {"fft_ifft", padTo}, {"fft_rfft", padTo}, {"fft_irfft", padTo}, {"fft_hfft", padTo},
      {"fft_ihfft", padTo}, {"fft_fftn", padTo}, {"fft_ifftn", padTo}, {"fft_rfftn", padTo}, {"fft_irfftn", padTo},
      {"fft_fft2", padTo}, {"fft_ifft2", padTo}, {"fft_rfft2", padTo}, {"fft_irfft2", padTo},
      {"bincount", bins}, {"histc", bins}, {"im2col", columns}, {"vander", padTo},
      {"ljust", width}, {"rjust", width}, {"center", width}, {"zfill", width}, {"expandtabs", width},
  };
  return rows;
}

/// What broadcasting all tensors with each other gives; 0 when they do not broadcast (then it is another operator).
double broadcast(const std::vector<const ir::Tensor*>& tensors) {
  std::vector<int64_t> dims;
  for (const auto* tensor : tensors) {
    const auto& other = tensor->dims();
    if (other.size() > dims.size()) dims.insert(dims.begin(), other.size() - dims.size(), 1);
    for (size_t i = 0; i < other.size(); ++i) {
      auto& dim = dims[dims.size() - other.size() + i];
      if (dim == 1) dim = other[i];
      if (other[i] != dim && other[i] != 1) return 0;
    }
  }
  double result = 1;
  for (int64_t dim : dims) result *= static_cast<double>(dim);
  return result;
}

double estimate(const Call& call, std::string_view name) {
  const auto row = estimates().find(name);
  if (row != estimates().end()) return row->second ? row->second(call) : 0;
  if (name == "mul" || name == "mul_") {
    if (const double list = repeatedList(call); list > 0) return list;
  }
  const auto tensors = call.tensors();
  if (tensors.size() < 2) return 0;
  double item = 1;
  for (const auto* tensor : tensors) item = std::max(item, static_cast<double>(itemSize(tensor->dtype())));
  return broadcast(tensors) * item;
}

}  // namespace

int64_t byteSize(const Value& value) {
  int64_t total = 0;
  auto addItems = [&](const std::vector<Value>& items) {
    for (const auto& item : items) total += byteSize(item);
  };
  if (const auto* tensor = std::get_if<ir::TensorPtr>(&value.data)) return (*tensor)->byteSize();
  if (const auto* tensor = std::get_if<std::shared_ptr<QuantizedTensor>>(&value.data)) {
    return (*tensor)->integers.byteSize();
  }
  if (const auto* text = std::get_if<std::string>(&value.data)) return static_cast<int64_t>(text->size());
  if (const auto* list = std::get_if<std::shared_ptr<List>>(&value.data)) addItems((*list)->items);
  if (const auto* tuple = std::get_if<std::shared_ptr<Tuple>>(&value.data)) addItems((*tuple)->items);
  if (const auto* dict = std::get_if<std::shared_ptr<Dict>>(&value.data)) {
    for (const auto& [key, item] : (*dict)->items) total += byteSize(item);
  }
  return total;
}

bool wouldGrow(const Schema& schema, const std::vector<Value>& arguments) {
  int64_t inputs = 0;
  for (const auto& value : arguments) inputs += byteSize(value);
  const auto name = std::string_view(schema.name).substr(schema.name.find("::") + 2);
  return estimate(Call(schema, arguments), name) > static_cast<double>(inputs + kMaxGrowth);
}

}  // namespace deploytool::ts
