// Operators that the user maps to nodes of a domain of their own.
//
//   my::op=my.domain::Op                     on the command line
//   {"my::op": {"node": "my.domain::Op",     in a file; all but `node` may be left out
//               "version": 1,                of the domain
//               "schema": "my::op(Tensor x, float alpha) -> Tensor",   where libtorch does not know the operator
//               "inputs": ["x"],             arguments that become inputs, in order; default: all tensors
//               "attributes": {"alpha": "alpha"},   attribute → argument; default: all other arguments, by name
//               "outputs": [{"like": "x"}, {"dtype": "int64", "dims": ["x.0", "?", 3]}]}}
//
// An argument of an operator without a schema is called `arg0`, `arg1`, … An output is like the first tensor by default.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "deploytool/status.h"
#include "export/table.h"

namespace deploytool::exporter {

struct CustomOutput {
  std::string like;                ///< argument whose dtype and dims are taken; empty: the first tensor
  std::optional<DType> dtype;
  std::optional<std::vector<std::string>> dims;  ///< `3`, `?`, `x.0`
};

struct CustomOp {
  std::string name;     ///< `my::op`, or `my::op.overload`
  std::string domain, opType;
  int64_t version = 1;
  std::string schema;   ///< empty: not given
  std::optional<std::vector<std::string>> inputs;
  std::optional<std::map<std::string, std::string>> attributes;
  std::vector<CustomOutput> outputs{CustomOutput{}};

  bool matches(const ts::Schema& call) const { return name == call.key() || name == call.name; }
};

/// `my::op=my.domain::Op`. Errors: Usage.
Result<CustomOp> parseCustomOp(const std::string& text);
/// The file's content. Errors: Usage.
Result<std::vector<CustomOp>> parseCustomOps(const std::string& json);

Results lowerCustomOp(Call& call, const CustomOp& op);

}  // namespace deploytool::exporter
