// Field numbers of onnx.proto (ONNX 1.0 to 1.17), as onnx.proto names them. The wire format is read and written
// directly, so that weights are never copied into message objects.
#pragma once

#include <cstdint>

namespace deploytool::onnx_io::field {

using Number = uint32_t;

namespace model {
constexpr Number kIrVersion = 1, kProducerName = 2, kProducerVersion = 3, kDomain = 4, kModelVersion = 5, kDoc = 6,
                 kGraph = 7, kOpsetImport = 8, kMetadata = 14, kFunctions = 25;
}
namespace opset {
constexpr Number kDomain = 1, kVersion = 2;
}
namespace entry {
constexpr Number kKey = 1, kValue = 2;
}
namespace graph {
constexpr Number kNode = 1, kName = 2, kInitializer = 5, kDoc = 10, kInput = 11, kOutput = 12, kValueInfo = 13,
                 kQuantization = 14, kSparseInitializer = 15;
}
namespace node {
constexpr Number kInput = 1, kOutput = 2, kName = 3, kOpType = 4, kAttribute = 5, kDoc = 6, kDomain = 7, kOverload = 8;
}
namespace attribute {
constexpr Number kName = 1, kFloat = 2, kInt = 3, kString = 4, kTensor = 5, kGraph = 6, kFloats = 7, kInts = 8,
                 kStrings = 9, kTensors = 10, kGraphs = 11, kDoc = 13, kType = 20, kReference = 21;
}
/// onnx.AttributeProto.AttributeType
namespace attribute_type {
constexpr int64_t kUndefined = 0, kFloat = 1, kInt = 2, kString = 3, kTensor = 4, kGraph = 5, kFloats = 6, kInts = 7,
                  kStrings = 8, kTensors = 9, kGraphs = 10;
}
namespace value_info {
constexpr Number kName = 1, kType = 2, kDoc = 3;
}
namespace tensor {
constexpr Number kDims = 1, kDataType = 2, kSegment = 3, kFloatData = 4, kInt32Data = 5, kStringData = 6,
                 kInt64Data = 7, kName = 8, kRawData = 9, kDoubleData = 10, kUInt64Data = 11, kDoc = 12,
                 kExternalData = 13, kDataLocation = 14;
}
namespace sparse_tensor {
constexpr Number kValues = 1, kIndices = 2, kDims = 3;
}
namespace type {
constexpr Number kTensor = 1, kSequence = 4, kDenotation = 6, kOptional = 9;
}
namespace tensor_type {
constexpr Number kElementType = 1, kShape = 2;
}
namespace container_type {
constexpr Number kElementType = 1;
}
namespace shape {
constexpr Number kDim = 1;
}
namespace dim {
constexpr Number kValue = 1, kParameter = 2, kDenotation = 3;
}

}  // namespace deploytool::onnx_io::field
