// Purity of operators; see purity.h. What is not on the list goes through its lowering or is refused.
#include "torchscript/purity.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace deploytool::ts {

namespace {

using Names = std::unordered_set<std::string_view>;

/// By qualified name; see pure_operators.inc.
const Names& pureOperators() {
  static const Names names = {
#define PURE(name) #name,
#define PURE_UNTIL_1_13(name) #name,
#define PURE_SINCE_2(name) #name,
#include "torchscript/pure_operators.inc"
#undef PURE
#undef PURE_UNTIL_1_13
#undef PURE_SINCE_2
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
  return !losesWrites(schema) && pureOperators().count(schema.name()) > 0;
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
