// The whole way from an archive to a written model, on descriptors that somebody else opened. Runs in a worker process of
// the program, or in the process of a C++ caller.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "deploytool/export.h"
#include "onnx/output_target.h"
#include "torchscript/module.h"

namespace deploytool::exporter {

using onnx_io::OutputTarget;
using StageListener = std::function<void(std::string_view)>;

/// The module with libtorch, loaded into this process on first use.
Result<ts::TorchModule*> torchModule();

ExportReport exportToDescriptor(ts::TorchModule& torch, const ts::InputFile& input, const OutputTarget& output,
                                const ExportOptions& options, const StageListener& stage);

/// What exportToDescriptor would say of a loaded model, up to the walk: nothing is optimized or written.
ExportReport tryExport(const ts::LoadedModel& model, const std::string& file, const ExportOptions& options);

/// The report as JSON (without its diagnostics) and back, for the way out of a worker.
nlohmann::ordered_json toJson(const ExportReport& report);
ExportReport reportFromJson(const nlohmann::ordered_json& json);

}  // namespace deploytool::exporter
