// --data, --input, --method, --size, --range, --seed.
#include "deploytool/test_inputs.h"

#include <CLI/CLI.hpp>

namespace deploytool::cli {

void addTestInputs(CLI::App& app, TestInputs& texts, VerifyOptions& options, const std::string& inputs) {
  app.add_option("--data", options.data, "Recorded inputs instead of random ones: .npz, .npy, .pb, or a folder")
      ->type_name("PATH");
  app.add_option("--input", options.inputs, inputs)->allow_extra_args(false)->type_name("NAME:SPEC");
  app.add_option("--method", options.method, "Method of an archive")->capture_default_str()->type_name("NAME");
  app.add_option("--size", texts.sizes, "Sizes of a dynamic axis to try, such as batch=1,3; repeat for each axis")
      ->allow_extra_args(false)
      ->type_name("AXIS=N,N");
  app.add_option("--range", texts.ranges, "Range of random values, of one input or of all: tokens:0:100; repeat")
      ->allow_extra_args(false)
      ->type_name("[NAME:]LO:HI");
  app.add_option("--seed", options.seed, "Seed of the random inputs")->capture_default_str()->type_name("N");
}

Status parse(const TestInputs& texts, VerifyOptions& options) {
  for (const std::string& text : texts.ranges) {
    const auto range = parseInputRange(text);
    if (!range) return range.error();
    options.ranges.push_back(*range);
  }
  for (const std::string& text : texts.sizes) {
    const auto sizes = parseAxisSizes(text);
    if (!sizes) return sizes.error();
    options.sizes[sizes->first] = sizes->second;
  }
  return {};
}

}  // namespace deploytool::cli
