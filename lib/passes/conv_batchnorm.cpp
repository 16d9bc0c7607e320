// conv-batchnorm: BatchNormalization of a convolution's result scales its channels: y = s*(W*x + b - mean) + B with
// s = scale / sqrt(var + epsilon). The factors go into the weights.
#include <cmath>
#include <cstring>

#include "passes/all.h"
#include "passes/rewrite.h"

namespace deploytool::passes {
namespace {

using ir::DType;
using ir::Node;
using ir::Tensor;
using ir::TensorPtr;
using ir::Value;

struct Channels {
  std::vector<double> factor;  // s
  std::vector<double> shift;   // B - s*mean, and s*b where the convolution has a bias
};

std::optional<Channels> channelsOf(const Node& norm, const Node& conv) {
  std::vector<double> parameters[4];  // scale, B, mean, variance
  for (size_t i = 0; i < 4; ++i) {
    const TensorPtr constant = constantOf(norm.input(i + 1));
    if (!constant || constant->rank() != 1) return {};
    parameters[i] = constant->toDoubles();
    if (parameters[i].size() != parameters[0].size()) return {};
  }
  std::vector<double> bias(parameters[0].size(), 0.0);
  if (conv.input(2)) {
    const TensorPtr constant = constantOf(conv.input(2));
    if (!constant || constant->numel() != static_cast<int64_t>(bias.size())) return {};
    bias = constant->toDoubles();
  }
  const double epsilon = norm.floatAttribute("epsilon", 1e-5f);
  Channels channels;
  for (size_t c = 0; c < bias.size(); ++c) {
    const double s = parameters[0][c] / std::sqrt(parameters[3][c] + epsilon);
    channels.factor.push_back(s);
    channels.shift.push_back(parameters[1][c] + s * (bias[c] - parameters[2][c]));
  }
  return channels;
}

// The output channel of each run of `inner` elements, in the weight's row-major order.
struct Layout {
  int64_t inner = 1;
  std::vector<size_t> channel;
};

std::optional<Layout> layoutOf(const Node& conv, const Tensor& weight, size_t channels) {
  if (weight.rank() < 3) return {};
  const auto& d = weight.dims();
  Layout layout;
  if (conv.opType == "Conv") {  // [out, in/groups, kernel...]
    if (d[0] != static_cast<int64_t>(channels) || d[0] == 0) return {};
    layout.inner = weight.numel() / d[0];
    for (size_t c = 0; c < channels; ++c) layout.channel.push_back(c);
    return layout;
  }
  // ConvTranspose: [in, out/groups, kernel...]
  const int64_t groups = conv.intAttribute("group", 1);
  if (groups < 1 || d[0] % groups != 0 || d[1] * groups != static_cast<int64_t>(channels) || d[0] * d[1] == 0)
    return {};
  layout.inner = weight.numel() / (d[0] * d[1]);
  for (int64_t in = 0; in < d[0]; ++in) {
    const int64_t group = in / (d[0] / groups);
    for (int64_t out = 0; out < d[1]; ++out) layout.channel.push_back(static_cast<size_t>(group * d[1] + out));
  }
  return layout;
}

template <class T>
std::vector<std::byte> scaled(const Tensor& weight, const Layout& layout, const std::vector<double>& factor) {
  std::vector<std::byte> bytes(static_cast<size_t>(weight.byteSize()));
  weight.gather(bytes.data());
  std::byte* at = bytes.data();
  for (const size_t channel : layout.channel) {
    const double s = factor[channel];
    for (int64_t i = 0; i < layout.inner; ++i, at += sizeof(T)) {
      T value;
      std::memcpy(&value, at, sizeof value);
      value = static_cast<T>(value * s);
      std::memcpy(at, &value, sizeof value);
    }
  }
  return bytes;
}

TensorPtr scaledWeight(const Tensor& weight, const Layout& layout, const std::vector<double>& factor) {
  if (weight.dtype() != DType::Float32 && weight.dtype() != DType::Float64) return {};
  auto bytes =
      weight.dtype() == DType::Float32 ? scaled<float>(weight, layout, factor) : scaled<double>(weight, layout, factor);
  auto owned = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  Tensor result = Tensor::share(weight.dtype(), weight.dims(), ir::contiguousStrides(weight.dims()), *owned, 0, owned);
  result.name = weight.name;
  return std::make_shared<const Tensor>(std::move(result));
}

TensorPtr biasTensor(DType dtype, const std::vector<double>& values, const std::string& name) {
  const std::vector<float> single(values.begin(), values.end());
  const std::vector<int64_t> dims{static_cast<int64_t>(values.size())};
  Tensor t = dtype == DType::Float32 ? Tensor::of(dtype, dims, single) : Tensor::of(dtype, dims, values);
  t.name = name;
  return std::make_shared<const Tensor>(std::move(t));
}

bool onlyReader(const Value& value, const Node& reader) {
  return value.uses().size() == 1 && value.uses()[0].node == &reader && !value.isGraphOutput();
}

bool isInference(const Node& norm, const PassContext& context) {
  for (size_t i = 1; i < norm.outputs().size(); ++i) {
    if (!norm.output(i)->isUnused()) return false;
  }
  // Before opset 7 `is_test` said what the missing training outputs say since.
  return norm.intAttribute("training_mode", 0) == 0 && norm.intAttribute("spatial", 1) == 1 &&
         context.model.opset() >= 7;
}

void setParameter(Node& conv, size_t input, const std::string& name, TensorPtr tensor) {
  Value* old = conv.input(input);
  conv.setInput(input, conv.graph().addInitializer(name, std::move(tensor)));
  if (old && old->isUnused()) old->graph().removeInitializer(old);
}

bool fuse(Node& norm, const PassContext& context) {
  if (!is(&norm, "BatchNormalization") || norm.inputs().size() != 5 || !norm.input(0)) return false;
  Node* conv = norm.input(0)->producer();
  if (!(is(conv, "Conv") || is(conv, "ConvTranspose")) || &conv->graph() != &norm.graph()) return false;
  if (!onlyReader(*conv->output(), norm) || !isInference(norm, context)) return false;
  const TensorPtr weight = constantOf(conv->input(1));
  const auto channels = weight ? channelsOf(norm, *conv) : std::nullopt;
  const auto layout = channels ? layoutOf(*conv, *weight, channels->factor.size()) : std::nullopt;
  const TensorPtr fused = layout ? scaledWeight(*weight, *layout, channels->factor) : nullptr;
  if (!fused || !bypass(norm, conv->output())) return false;
  // The parameters keep their names where nothing else reads them.
  const Value* oldWeight = conv->input(1);
  const std::string name = oldWeight->uses().size() == 1 ? oldWeight->name : oldWeight->name + ".fused";
  const Value* oldBias = conv->input(2);
  std::string biasName = name.ends_with("weight") ? name.substr(0, name.size() - 6) + "bias" : "";
  if (oldBias && oldBias->uses().size() == 1) biasName = oldBias->name;
  setParameter(*conv, 1, name, fused);
  setParameter(*conv, 2, biasName, biasTensor(weight->dtype(), channels->shift, biasName));
  return true;
}

}  // namespace

bool convBatchNorm(ir::Graph& graph, const PassContext& context) {
  bool changed = false;
  graph.forEachNode([&](Node& node) { changed |= fuse(node, context); });
  return changed;
}

}  // namespace deploytool::passes
