// The types of attributes, by field number and by payload.
#include "onnx/attribute_types.h"

#include "onnx/fields.h"

namespace deploytool::onnx_io {

namespace at = field::attribute_type;

int64_t attributeTypeFromField(uint32_t number) {
  switch (number) {
    case field::attribute::kFloat: return at::kFloat;
    case field::attribute::kInt: return at::kInt;
    case field::attribute::kString: return at::kString;
    case field::attribute::kTensor: return at::kTensor;
    case field::attribute::kGraph: return at::kGraph;
    case field::attribute::kFloats: return at::kFloats;
    case field::attribute::kInts: return at::kInts;
    case field::attribute::kStrings: return at::kStrings;
    case field::attribute::kTensors: return at::kTensors;
    case field::attribute::kGraphs: return at::kGraphs;
    default: return at::kUndefined;
  }
}

ir::Attribute::Payload emptyAttributePayload(int64_t type) {
  switch (type) {
    case at::kFloat: return 0.0f;
    case at::kInt: return int64_t{0};
    case at::kString: return std::string();
    case at::kTensor: return ir::TensorPtr();
    case at::kGraph: return std::unique_ptr<ir::Graph>();
    case at::kFloats: return std::vector<float>();
    case at::kInts: return std::vector<int64_t>();
    case at::kStrings: return std::vector<std::string>();
    case at::kTensors: return std::vector<ir::TensorPtr>();
    case at::kGraphs: return ir::Attribute::Graphs();
    default: return ir::Attribute::Opaque();
  }
}

}  // namespace deploytool::onnx_io
