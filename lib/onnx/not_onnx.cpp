// Telling what is no ONNX model.
#include "onnx/not_onnx.h"

#include "onnx/fields.h"
#include "onnx/wire.h"

namespace deploytool::onnx_io {

namespace {

constexpr const char* kKinds = "deploytool reads ONNX files (.onnx) and TorchScript archives (.pt)";

// A model begins with its first field, ir_version.
bool beginsAsModel(std::string_view bytes) {
  wire::Scanner scanner(bytes);
  wire::Field field;
  return scanner.next(field) && field.number == field::model::kIrVersion && field.type == wire::kVarint &&
         field.asInt() >= 1;
}

}  // namespace

Diagnostic notOnnx(std::string_view bytes) {
  if (bytes.empty()) return makeError(ExitCode::BadInput, "is empty", kKinds);
  if (bytes.starts_with("PK\x03\x04"))
    return makeError(ExitCode::BadInput, "is a zip file, such as a TorchScript archive, and not an ONNX file",
                     "deploytool export turns an archive into an ONNX file");
  if (beginsAsModel(bytes))
    return makeError(ExitCode::BadInput, "is an ONNX file that is cut off or damaged",
                     "fetch or export it again; its size says whether it is complete");
  return makeError(ExitCode::BadInput, "is not an ONNX file", kKinds);
}

}  // namespace deploytool::onnx_io
