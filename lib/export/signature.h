// A method's signature as the user meets it: its text, and a command line that is ready to be edited.
#pragma once

#include <string>
#include <vector>

#include "torchscript/program.h"

namespace deploytool::exporter {

/// `forward(x: Tensor, hx: Optional[Tensor] = None) -> Tensor`
std::string signatureText(const ts::Function& function);

/// One `NAME:SPEC` for each argument of the method that has no default. Where a rank has to be filled in, the spec says
/// `float32[...]`, which no parser takes.
std::vector<std::string> suggestedInputs(const ts::Function& function);

/// `deploytool export model.pt -o model.onnx --input 'x:float32[...]'`
std::string suggestedCommand(const ts::Function& function, const std::string& modelPath, const std::string& method);

/// Whether an argument without a default holds tensors, so that a call needs --input.
bool needsInputs(const ts::Function& function);

/// In single quotes where a shell asks for it.
std::string shellQuoted(const std::string& text);

}  // namespace deploytool::exporter
