// Complex tensors, which ONNX has no operators for: a value of complex dtype is made by an internal node from its real
// and imaginary part, and whoever works on it reads the two. The nodes are removed before the graph leaves the
// evaluator.
#pragma once

#include <optional>

#include "export/builder.h"
#include "export/table.h"

namespace deploytool::exporter {

/// Both of one real floating dtype and of the same dims.
struct ComplexParts {
  Tensor real, imaginary;
};

/// Of a tensor of complex dtype, constant or not.
ComplexParts partsOf(Builder& b, const Tensor& x);
/// The tensor of complex dtype.
Tensor complexTensor(Builder& b, const Tensor& real, const Tensor& imaginary);
/// The same numbers in a complex dtype; `x` may be real.
Tensor castToComplex(Builder& b, const Tensor& x, DType dtype);
DType realDType(DType complexType);
DType complexDType(DType realType);

/// Whether a tensor or number among the arguments (or in a list among them) is complex.
bool anyComplex(CallHost& host, const std::vector<Value>& arguments);
/// One call with complex arguments: by a lowering of its own, or by the operator's row applied to the parts. `row` may
/// be null. Refuses what has neither.
Results lowerComplex(CallHost& host, Builder& b, const ts::Schema& schema, const Row* row,
                     const std::vector<Value>& arguments);

/// The one value that carries a complex tensor across the border of a subgraph: its parts along a last axis of 2.
Tensor packComplex(Builder& b, const Tensor& x);
Tensor unpackComplex(Builder& b, const Tensor& packed);

/// Removes the internal nodes. False when the graph still reads one: a complex tensor reached what cannot carry it.
bool removeComplexNodes(ir::Graph& graph);

}  // namespace deploytool::exporter
