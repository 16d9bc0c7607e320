// Names for everything that a file must name: values and nodes that have none, and symbols that only we made.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "ir/graph.h"

namespace deploytool::onnx_io {

/// The names of a model's values, nodes and symbols as they are written: given ones are kept where they are unique in
/// their scope (inputs before outputs before initializers before the rest), others are made from the operator.
class Names {
 public:
  explicit Names(const ir::Model& model);

  const std::string& of(const ir::Value* value) const;  ///< empty for null and for an output left out
  const std::string& of(const ir::Node* node) const;
  /// The parameter for a dim that is no literal; empty where none was made (an endless expression of an inner value).
  std::string dimParameter(const ir::Dim& dim) const;

 private:
  /// Names visible in a graph: its own, then those of the graphs around it.
  struct Scope {
    std::unordered_set<std::string> names;
    const Scope* up = nullptr;
    bool has(const std::string& name) const;
  };

  void collect(const ir::Graph& graph);
  void nameGraph(const ir::Graph& graph, const Scope* up);
  void nameNode(const ir::Node& node, Scope& scope);
  void keepName(const ir::Value* value, Scope& scope);
  std::string unique(const std::string& base);
  std::string numbered(const std::string& base);
  void reserveParameters(const ir::Value* value);
  void nameDims(const ir::Value* value);
  std::string uniqueParameter(const std::string& wanted);

  int64_t opset_;
  std::unordered_set<std::string> taken_;  // every name of the file, given or made
  std::unordered_map<std::string, int64_t> counters_;
  std::unordered_map<const ir::Value*, std::string> values_;
  std::unordered_map<const ir::Node*, std::string> nodes_;
  std::unordered_set<std::string> parameters_;  // dim_param texts in use
  std::map<std::string, ir::Dim> symbols_;      // fresh → readable
  std::unordered_map<std::string, std::string> longTexts_;
};

/// Stores the names that the writer would give.
void assignNames(ir::Model& model);

}  // namespace deploytool::onnx_io
