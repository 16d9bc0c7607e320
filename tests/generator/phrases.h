// Rows whose calls need more than arguments: what they take is made, and what they give is read, in a few lines of text.
//
//   {"quantized::relu6", "a:[n,c]=q", "return torch.dequantize(ops.quantized.relu6(torch.quantize_per_tensor($a, 0.1, 3, 13)))"}
//
// The second text is a domain (domains.h) with a type before a SPEC that is not a tensor's: `int 2..5`, `float 0.1..0.9`
// and `bool` written `int(2..5)`, `float(0.1..0.9)`, `bool()`. `$NAME` in the lines is an argument, or a variable of the
// lines that no other call has; the last line returns the results. Of what is random the lines return what is not.
#pragma once

#include <string>
#include <vector>

#include "tests/generator/domains.h"
#include "torchscript/program.h"

namespace deploytool::testing::generator {

struct Phrase {
  std::vector<ts::Argument> parameters;
  Domain domain;
  std::vector<std::string> lines;  ///< the last one without `return`

  /// The lines with `$NAME` replaced by `prefix` and the name, or by what `arguments` says, in the order of `parameters`.
  std::vector<std::string> with(const std::vector<std::string>& arguments, const std::string& prefix) const;
};

/// Those of a row; none for most rows.
std::vector<Phrase> phrasesOf(const std::string& row);

}  // namespace deploytool::testing::generator
