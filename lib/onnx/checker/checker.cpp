// The module around libonnx's checker.
#include "onnx/checker_entry.h"

#include <google/protobuf/stubs/common.h>
#include <onnx/checker.h>
#include <onnx/common/version.h>
#include <onnx/defs/schema.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

#include "onnx/fields.h"
#include "onnx/message.h"
#include "onnx/wire.h"

namespace deploytool::onnx_io {
namespace {

struct Verdict {
  CheckOutcome outcome;
  std::string message;
};

// Shape inference reads only small tensors (shapes, axes, sizes).
constexpr size_t kKeptBytes = 64 << 10;

/// Only the fields that say what the tensor is, and a byte in place of its data: the checker wants some.
Message withoutData(std::string_view tensor) {
  namespace f = field::tensor;
  Message out;
  wire::Scanner scanner(tensor);
  for (wire::Field field; scanner.next(field);) {
    if (field.number == f::kDims || field.number == f::kDataType || field.number == f::kName) {
      out.addEncoded(field.encoded);
    }
  }
  out.addBytes(f::kRawData, std::string_view("\0", 1));
  return out;
}

bool isExternal(std::string_view tensor) {
  wire::Scanner scanner(tensor);
  for (wire::Field field; scanner.next(field);) {
    if (field.number == field::tensor::kDataLocation && field.integer == 1) return true;
  }
  return false;
}

/// The model without the bytes of its main graph's large initializers.
std::optional<std::string> stripped(std::string_view file) {
  Message model, graph;
  wire::Scanner scanner(file);
  for (wire::Field field; scanner.next(field);) {
    if (field.number != field::model::kGraph) {
      model.addEncoded(field.encoded);
      continue;
    }
    wire::Scanner inner(field.bytes);
    for (wire::Field part; inner.next(part);) {
      const bool large =
          part.number == field::graph::kInitializer && (part.bytes.size() > kKeptBytes || isExternal(part.bytes));
      if (large) {
        graph.addMessage(field::graph::kInitializer, withoutData(part.bytes));
      } else {
        graph.addEncoded(part.encoded);
      }
    }
    if (inner.failed()) return {};
  }
  if (scanner.failed()) return {};
  model.addMessage(field::model::kGraph, std::move(graph));
  std::string out;
  for (const Message::Piece& piece : model.pieces()) out += piece.bytes;
  return out;
}

std::optional<Verdict> unknownVersions(const onnx::ModelProto& model) {
  const auto& ranges = onnx::OpSchemaRegistry::DomainToVersionRange::Instance().Map();
  for (const auto& import : model.opset_import()) {
    const auto range = ranges.find(import.domain() == "ai.onnx" ? "" : import.domain());
    if (range == ranges.end() || import.version() <= range->second.second) continue;
    return Verdict{CheckOutcome::Unknown, "this libonnx knows opsets up to " + std::to_string(range->second.second) +
                                              ", the model uses " + std::to_string(import.version())};
  }
  if (model.ir_version() <= onnx::IR_VERSION) return {};
  return Verdict{CheckOutcome::Unknown, "this libonnx knows IR versions up to " + std::to_string(onnx::IR_VERSION) +
                                            ", the model has " + std::to_string(model.ir_version())};
}

Verdict check(std::string_view file) {
  const auto bytes = stripped(file);
  onnx::ModelProto model;
  if (!bytes || bytes->size() > 0x7fffffff || !model.ParseFromArray(bytes->data(), static_cast<int>(bytes->size()))) {
    return {CheckOutcome::Unreadable, "the file cannot be decoded"};
  }
  if (auto verdict = unknownVersions(model)) return *verdict;
  try {
    onnx::checker::check_model(model);
    const onnx::ShapeInferenceOptions strict(true, 1, false);
    onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), strict);
  } catch (const std::exception& error) {
    return {CheckOutcome::Invalid, error.what()};
  }
  return {CheckOutcome::Valid, {}};
}

Verdict checkDescriptor(int descriptor) {
  struct stat info {};
  if (::fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0) {
    return {CheckOutcome::Unreadable, "the file cannot be read"};
  }
  const auto size = static_cast<size_t>(info.st_size);
  void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (start == MAP_FAILED) return {CheckOutcome::Unreadable, "the file cannot be mapped"};
  Verdict verdict = check({static_cast<const char*>(start), size});
  ::munmap(start, size);
  return verdict;
}

}  // namespace
}  // namespace deploytool::onnx_io

extern "C" __attribute__((visibility("default"))) int deploytool_check_onnx(int descriptor, char* message,
                                                                            size_t capacity) {
  using namespace deploytool::onnx_io;
  Verdict verdict;
  try {
    verdict = checkDescriptor(descriptor);
  } catch (const std::exception& error) {
    verdict = {CheckOutcome::Invalid, error.what()};
  }
  if (capacity > 0) {
    const size_t n = std::min(capacity - 1, verdict.message.size());
    std::memcpy(message, verdict.message.data(), n);
    message[n] = '\0';
  }
  return static_cast<int>(verdict.outcome);
}

extern "C" __attribute__((visibility("default"))) void deploytool_onnx_versions(char* text, size_t capacity) {
  const std::string protobuf = google::protobuf::internal::VersionString(GOOGLE_PROTOBUF_VERSION);
  std::snprintf(text, capacity, "%s %s", onnx::LAST_RELEASE_VERSION, protobuf.c_str());
}
