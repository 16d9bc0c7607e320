// Purity of operators; see purity.h. A whole namespace is in, except for what is named here; of `prim`, the other way.
#include "torchscript/purity.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace deploytool::ts {

namespace {

using Names = std::unordered_set<std::string_view>;

/// aten operators that draw random numbers, touch files, print, keep global state, wait, or concern gradients.
const Names& impureAten() {
  static const Names names = {
      // random
      "rand", "rand_like", "randn", "randn_like", "randint", "randint_like", "randperm", "normal", "normal_",
      "normal_functional", "_no_grad_normal_", "_no_grad_uniform_", "uniform", "uniform_", "bernoulli", "bernoulli_",
      "multinomial", "poisson", "binomial", "cauchy", "cauchy_", "exponential", "exponential_", "geometric", "geometric_",
      "log_normal", "log_normal_", "random", "random_", "_sample_dirichlet", "_standard_gamma", "_dirichlet_grad",
      "native_dropout", "_fused_dropout", "_sobol_engine_draw", "_sobol_engine_scramble_", "rrelu_with_noise",
      "rrelu_with_noise_", "rrelu_with_noise_functional", "_cudnn_init_dropout_state", "seed", "manual_seed",
      "initial_seed", "Generator", "fractional_max_pool2d_random",
      // uninitialised memory: what it holds is not known
      "empty", "empty_like", "new_empty", "empty_strided", "new_empty_strided", "empty_permuted", "empty_quantized",
      "_empty_affine_quantized", "_empty_per_channel_affine_quantized", "resize_", "resize", "resize_as_", "resize_as",
      "_resize_output", "_resize_output_",
      // files, output, assertions, time, state
      "save", "from_file", "warn", "_print", "_assert_async", "_functional_assert_async", "_assert_scalar",
      "_assert_tensor_metadata", "set_grad_enabled", "is_grad_enabled", "is_autocast_enabled",
      "is_autocast_cpu_enabled", "set_", "set", "set_data", "_version", "backward", "retain_grad", "requires_grad_",
      "_backward", "wait", "fork", "is_pinned", "pin_memory", "_pin_memory", "record_stream", "_test_ambiguous_defaults",
      "_test_string_default", "_test_warn_in_autograd", "_cuda_getCurrentRawStream", "_nnpack_available",
      "_get_tracing_state", "_get_cpu_capability", "_make_dep_token", "_debug_has_internal_overlap", "_dimI", "_dimV",
      "_fused_moving_avg_obs_fq_helper", "fused_moving_avg_obs_fake_quant", "_embedding_bag_dense_backward",
      "embedding_renorm_", "embedding_renorm", "confirmed_by_owner", "owner", "owner_name", "is_owner", "to_here",
      "local_value", "rpc_async", "rpc_sync", "rpc_remote", "get_gradients", "grad", "_has_compatible_shallow_copy_type",
      "_nested_tensor_from_tensor_list", "__isnot__", "__is__",
  };
  return names;
}

/// What of `prim` is an operator on values (most of the rest are instructions, which the interpreter runs itself).
const Names& purePrim() {
  static const Names names = {
      "NumToTensor", "device",      "dtype",    "layout",   "is_cuda", "is_cpu",   "is_sparse", "is_sparse_csr",
      "is_mkldnn",   "is_mps",      "is_vulkan", "is_xpu",  "is_ipu",  "is_ort",   "is_xla",    "is_meta",
      "is_nested",   "is_quantized", "is_leaf",  "max",     "min",     "abs",      "type",      "itemsize",
      "nbytes",      "StringIndex", "tolist",   "data",     "shape",   "requires_grad", "name", "unchecked_unwrap_optional",
  };
  return names;
}

/// Operators whose randomness or state only comes with an argument that asks for training.
const Names& impureInTraining() {
  static const Names names = {
      "dropout",   "dropout_",   "alpha_dropout", "alpha_dropout_", "feature_dropout", "feature_dropout_",
      "feature_alpha_dropout", "feature_alpha_dropout_", "rrelu", "rrelu_", "lstm", "gru", "rnn_tanh", "rnn_relu",
      "batch_norm", "native_batch_norm", "cudnn_batch_norm", "miopen_batch_norm", "_batch_norm_impl_index", "instance_norm",
      "_native_batch_norm_legit", "_native_batch_norm_legit_functional", "_batch_norm_with_update",
      "_batch_norm_with_update_functional", "_transformer_encoder_layer_fwd",
  };
  return names;
}

bool isTrainingFlag(const std::string& name) { return name == "train" || name == "training" || name == "use_input_stats"; }

bool isZero(const Value& value) {
  if (const auto* number = std::get_if<double>(&value.data)) return *number == 0;
  if (const auto* number = std::get_if<int64_t>(&value.data)) return *number == 0;
  return false;
}

std::string_view bareName(const std::string& name) { return std::string_view(name).substr(name.find("::") + 2); }

/// A written argument that does not come back as a result: the caller would not see the change.
bool losesWrites(const c10::FunctionSchema& schema) {
  for (const auto& argument : schema.arguments()) {
    const auto* alias = argument.alias_info();
    if (!alias || !alias->isWrite()) continue;
    const bool returned =
        std::any_of(schema.returns().begin(), schema.returns().end(), [&](const c10::Argument& result) {
          return result.alias_info() && result.alias_info()->beforeSets() == alias->beforeSets();
        });
    if (!returned) return true;
  }
  return false;
}

}  // namespace

bool mayRun(const c10::FunctionSchema& schema) {
  const std::string& name = schema.name();
  const auto bare = bareName(name);
  if (losesWrites(schema)) return false;
  if (name.starts_with("prim::")) return purePrim().count(bare) > 0;
  if (name.starts_with("quantized::") || name.starts_with("torchvision::")) return bare.find("record") == bare.npos;
  return name.starts_with("aten::") && impureAten().count(bare) == 0 && bare.find("_backward") == bare.npos &&
         !bare.starts_with("_foreach") && !bare.starts_with("_cuda") && !bare.starts_with("_cudnn") &&
         !bare.starts_with("_fused_adam");
}

bool mayRun(const c10::FunctionSchema& schema, const std::vector<Value>& arguments) {
  const bool matters = impureInTraining().count(bareName(schema.name())) > 0;
  for (size_t i = 0; i < arguments.size() && i < schema.arguments().size(); ++i) {
    const auto& argument = schema.arguments()[i];
    if (argument.name() == "generator" && !arguments[i].isNone()) return false;
    if (argument.name() == "dropout_p" && !isZero(arguments[i])) return false;
    if (!matters || !isTrainingFlag(argument.name())) continue;
    const auto* flag = std::get_if<bool>(&arguments[i].data);
    if (!flag || *flag) return false;
  }
  return true;
}

}  // namespace deploytool::ts
