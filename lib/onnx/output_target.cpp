// See output_target.h.
#include "onnx/output_target.h"

#include "onnx/weights_hash.h"
#include "onnx/writer.h"

namespace deploytool::onnx_io {

Result<std::string> writeToTarget(const ir::Model& model, const OutputTarget& target, bool externalData) {
  std::string dataFile;
  WriteOptions how;
  how.external = externalData ? WriteOptions::External::Always : WriteOptions::External::Automatic;
  how.openExternal = [&]() -> Result<ExternalFile> {
    if (target.dataDescriptor < 0) {
      return makeError(ExitCode::Unsupported, "the model needs a second file for its weights, and there is only one output",
                       "write to a file, with --external-data");
    }
    dataFile = target.name + "." + weightsHash(model) + ".data";
    return ExternalFile{target.dataDescriptor, dataFile};
  };
  if (Status written = writeModel(model, target.descriptor, how); !written) return written.error();
  return dataFile;
}

}  // namespace deploytool::onnx_io
