// Options that say on which inputs two models are compared; verify and quantize have them.
#pragma once

#include <string>
#include <vector>

#include "deploytool/verify.h"

namespace CLI {
class App;
}

namespace deploytool::cli {

/// What is parsed only when the command runs.
struct TestInputs {
  std::vector<std::string> ranges, sizes;
};

/// --data, --input, --method, --size, --range, --seed. `inputs` describes --input.
void addTestInputs(CLI::App& app, TestInputs& texts, VerifyOptions& options, const std::string& inputs);
Status parse(const TestInputs& texts, VerifyOptions& options);

}  // namespace deploytool::cli
