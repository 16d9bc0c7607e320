// Rewriting archives with quantized layers: what is replaced, what stays, what is said about it.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "archive/zip_directory.h"
#include "tests/catch.h"
#include "tests/torchscript/torch_module.h"

using namespace deploytool;
using namespace deploytool::test;

namespace {

std::string dataPath(const std::string& name) {
  return std::string(DEPLOYTOOL_TEST_DATA) + "/torchscript/data/" + name;
}

/// A file that closes and removes itself.
class Scratch {
 public:
  Scratch() : path_(std::string(DEPLOYTOOL_TEST_SCRATCH) + "/quantize_test.XXXXXX") {
    descriptor_ = mkstemp(path_.data());
  }
  ~Scratch() {
    close(descriptor_);
    std::filesystem::remove(path_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ts::InputFile file() const { return {descriptor_, path_}; }
  int descriptor() const { return descriptor_; }
  uint64_t size() const { return std::filesystem::file_size(path_); }

 private:
  std::string path_;
  int descriptor_ = -1;
};

struct Input {
  explicit Input(const std::string& name)
      : path(dataPath(name)), descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~Input() { close(descriptor); }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  ts::InputFile file() const { return {descriptor, path}; }
  std::string path;
  int descriptor;
};

QuantizeReport quantized(const ts::InputFile& from, const Scratch& to, const QuantizeOptions& options = {}) {
  auto report = torchModule().quantize(from, to.descriptor(), options);
  if (!report) throw std::runtime_error(report.error().message);
  return std::move(*report);
}

const WeightReport& weight(const QuantizeReport& report, const std::string& name) {
  const auto found =
      std::find_if(report.weights.begin(), report.weights.end(), [&](const auto& w) { return w.name == name; });
  if (found == report.weights.end()) throw std::runtime_error("no report on " + name);
  return *found;
}

ts::Value run(const ts::InputFile& file, const std::string& method, const std::vector<ts::Value>& arguments) {
  auto runner = torchModule().loadRunner(file, {});
  if (!runner) throw std::runtime_error(runner.error().message);
  auto result = (*runner)->run(method, arguments);
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

std::vector<double> firstOf(const ts::Value& tuple) {
  return asTensor(std::get<std::shared_ptr<ts::Tuple>>(tuple.data)->items.at(0)).toDoubles();
}

double signalToNoise(const std::vector<double>& exact, const std::vector<double>& other) {
  double signal = 0, noise = 0;
  for (size_t i = 0; i < exact.size(); ++i) {
    signal += exact[i] * exact[i];
    noise += (exact[i] - other[i]) * (exact[i] - other[i]);
  }
  return 10 * std::log10(signal / noise);
}

size_t count(const ts::Program& program, const std::string& kind) {
  size_t result = 0;
  for (const auto& [name, function] : program.functions) {
    for (const auto& node : function->body.nodes) result += node.kind == kind;
  }
  return result;
}

std::vector<float> ramp(size_t count) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i) / static_cast<float>(count) - 0.4F;
  return values;
}

const std::vector<ts::Value> kTokens = {int64s({2, 5}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})};

}  // namespace

TEST_CASE("linear and lstm layers are quantized, the rest of the archive stays", "[quantize]") {
  const Input input("layers_1.13.pt");
  const Scratch output;
  const auto report = quantized(input.file(), output);
  CHECK(output.size() < std::filesystem::file_size(input.path));
  const auto model = torchModule().load(output.file());
  REQUIRE(model.ok());
  CHECK(count(model->program, "quantized::linear_dynamic") == 3);  // first; second and tied share a method; the product
  CHECK(count(model->program, "aten::quantized_lstm") == 1);
  CHECK(count(model->program, "aten::lstm") == 0);
  CHECK(model->program.methods == std::vector<std::string>{"forward", "norm"});
  const auto& attributes = model->program.root->attributes;
  CHECK(attributes.count("product") == 0);
  CHECK(attributes.count("product_packed") == 1);
  const auto expected = firstOf(run(input.file(), "forward", kTokens));
  CHECK(signalToNoise(expected, firstOf(run(output.file(), "forward", kTokens))) > 30);
  CHECK(asTensor(run(output.file(), "norm", {})).toDoubles() == asTensor(run(input.file(), "norm", {})).toDoubles());
}

TEST_CASE("quantized operators run on libtorch's other engine too", "[quantize]") {
  const Input plain("layers_1.13.pt");
  ts::RunnerOptions other;
  other.otherEngine = true;
  const auto refused = torchModule().loadRunner(plain.file(), other);
  REQUIRE_FALSE(refused.ok());
  CHECK_THAT(refused.error().message, ContainsSubstring("no quantized operators"));
  const Scratch output;
  quantized(plain.file(), output);
  CHECK(torchModule().loadRunner(output.file(), other).ok());
}

TEST_CASE("the report names every weight and says why some stay", "[quantize]") {
  const Input input("layers_1.13.pt");
  const Scratch output;
  const auto report = quantized(input.file(), output);
  const auto first = weight(report, "first.weight");
  CHECK(first.quantized);
  CHECK(first.op == "aten::linear");
  CHECK(first.type == "linear");
  CHECK(first.dims == std::vector<int64_t>{48, 48});
  CHECK(first.bytesBefore == 48 * 48 * 4);
  CHECK(first.bytesAfter == 48 * 48 + 16);
  CHECK(first.sqnr > 40);
  CHECK(first.minScale > 0);
  CHECK(weight(report, "lstm.weight_hh_l0_reverse").quantized);
  CHECK(weight(report, "product").op == "aten::matmul");
  CHECK_FALSE(weight(report, "read.weight").quantized);
  CHECK_THAT(weight(report, "read.weight").reason, ContainsSubstring("reads it too"));
  CHECK_THAT(weight(report, "embedding.weight").reason, ContainsSubstring("not among the types"));
  CHECK(std::count_if(report.weights.begin(), report.weights.end(),
                      [](const auto& w) { return w.name == "tied.weight"; }) == 0);
}

TEST_CASE("weights shared by layers are packed once", "[quantize]") {
  const Input input("layers_1.13.pt");
  const Scratch output;
  quantized(input.file(), output);
  const auto model = torchModule().load(output.file());
  REQUIRE(model.ok());
  const auto packed = [&](const char* layer) {
    const auto& object = std::get<std::shared_ptr<ts::Object>>(model->program.root->attributes.at(layer).data);
    return std::get<std::shared_ptr<ts::Packed>>(object->attributes.at("weight_packed").data);
  };
  CHECK(packed("second") == packed("tied"));
  CHECK(packed("second") != packed("first"));
}

TEST_CASE("a quantized archive is left as it is, and so is one without weights", "[quantize]") {
  const Input input("layers_1.13.pt");
  const Scratch once, twice;
  quantized(input.file(), once);
  const auto again = quantized(once.file(), twice);
  REQUIRE(again.diagnostics.size() == 1);
  CHECK_THAT(again.diagnostics[0].message, ContainsSubstring("quantized already"));
  CHECK(twice.size() == once.size());
  const Input plain("chosen_1.13.pt");
  const auto none = quantized(plain.file(), twice);
  REQUIRE(none.diagnostics.size() == 1);
  CHECK_THAT(none.diagnostics[0].message, ContainsSubstring("nothing to quantize"));
  CHECK(twice.size() == std::filesystem::file_size(plain.path));
}

TEST_CASE("an archive that would grow is copied instead", "[quantize]") {
  const Input input("branch_1.13.pt");
  const Scratch output;
  const auto report = quantized(input.file(), output);
  CHECK(output.size() == std::filesystem::file_size(input.path));
  CHECK_FALSE(weight(report, "encoder.weight").quantized);
  REQUIRE(report.diagnostics.size() == 1);
  CHECK_THAT(report.diagnostics[0].message, ContainsSubstring("would grow"));
}

TEST_CASE("options of the weights", "[quantize]") {
  const Input input("layers_1.13.pt");
  const Scratch output;
  QuantizeOptions options;
  options.scheme.perChannel = true;
  const auto perChannel = quantized(input.file(), output, options);
  CHECK(weight(perChannel, "first.weight").minScale < weight(perChannel, "first.weight").maxScale);
  const auto expected = firstOf(run(input.file(), "forward", kTokens));
  CHECK(signalToNoise(expected, firstOf(run(output.file(), "forward", kTokens))) > 30);
  options.scheme.type = WeightScheme::Type::QUInt8;
  const auto refused = torchModule().quantize(input.file(), output.descriptor(), options);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ExitCode::Unsupported);
  QuantizeOptions few;
  few.selection.types = {"lstm"};
  const auto lstmOnly = quantized(input.file(), output, few);
  CHECK_FALSE(weight(lstmOnly, "first.weight").quantized);
  CHECK(weight(lstmOnly, "lstm.weight_ih_l0").quantized);
}

TEST_CASE("embeddings are quantized when asked for", "[quantize]") {
  const Input input("layers_1.13.pt");
  const Scratch output;
  QuantizeOptions options;
  options.selection.types = {"linear", "lstm", "embedding"};
  const auto report = quantized(input.file(), output, options);
  CHECK(weight(report, "embedding.weight").quantized);
  CHECK(weight(report, "embedding.weight").bytesAfter == 20 * 48 + 20 * 8);
  const auto expected = firstOf(run(input.file(), "forward", kTokens));
  CHECK(signalToNoise(expected, firstOf(run(output.file(), "forward", kTokens))) > 30);
}

TEST_CASE("quantized embeddings take indices of any rank", "[quantize]") {
  const Input input("odd_weights_1.13.pt");
  const Scratch output;
  QuantizeOptions options;
  options.selection.types = {"embedding"};
  quantized(input.file(), output, options);
  const auto words = [&](const ts::InputFile& file, const std::vector<int64_t>& dims) {
    const auto result = run(file, "forward", {int64s(dims, {3, 5, 3, 9})});
    return asTensor(std::get<std::shared_ptr<ts::Tuple>>(result.data)->items.at(2));
  };
  for (const std::vector<int64_t>& dims : std::vector<std::vector<int64_t>>{{4}, {2, 2}, {1, 4, 1}, {2, 1, 2, 1}}) {
    const auto expected = words(input.file(), dims), actual = words(output.file(), dims);
    CHECK(actual.dims() == expected.dims());
    CHECK(signalToNoise(expected.toDoubles(), actual.toDoubles()) > 30);
  }
}

TEST_CASE("weights that are given to calls are quantized", "[quantize]") {
  const Input input("called_1.13.pt");
  const Scratch output;
  const auto report = quantized(input.file(), output);
  CHECK(weight(report, "layer.weight").reason == "");  // a function asks for its device
  CHECK(weight(report, "product").reason == "");       // a method gives it to another one
  const std::vector<ts::Value> arguments = {floats({1, 64}, ramp(64))};
  const auto expected = asTensor(run(input.file(), "forward", arguments)).toDoubles();
  CHECK(signalToNoise(expected, asTensor(run(output.file(), "forward", arguments)).toDoubles()) > 30);
}

TEST_CASE("constants of a frozen archive are quantized", "[quantize]") {
  const Input input("frozen_1.13.pt");
  const Scratch output;
  const auto report = quantized(input.file(), output);
  REQUIRE(report.weights.size() == 5);
  for (const auto& w : report.weights) {
    CAPTURE(w.name);
    CHECK_THAT(w.name, StartsWith("constant_"));
    CHECK(w.quantized == (w.op != "aten::conv1d"));
  }
  CHECK(static_cast<double>(output.size()) < 0.6 * static_cast<double>(std::filesystem::file_size(input.path)));
  for (const float sign : {1.0F, -1.0F}) {  // one branch, and the other
    std::vector<float> values = ramp(64);
    for (float& value : values) value *= sign;
    const std::vector<ts::Value> arguments = {floats({1, 64}, values)};
    const auto expected = asTensor(run(input.file(), "forward", arguments)).toDoubles();
    CHECK(signalToNoise(expected, asTensor(run(output.file(), "forward", arguments)).toDoubles()) > 30);
  }
}

TEST_CASE("a vector that the program sees as a matrix is quantized", "[quantize]") {
  const Input input("vector_1.13.pt");
  const Scratch output;
  const auto report = quantized(input.file(), output);
  CHECK(weight(report, "flat").quantized);
  const std::vector<ts::Value> arguments = {floats({1, 64}, ramp(64))};
  const auto expected = asTensor(run(input.file(), "forward", arguments)).toDoubles();
  CHECK(signalToNoise(expected, asTensor(run(output.file(), "forward", arguments)).toDoubles()) > 30);
}

TEST_CASE("a weight that is not finite stays, and is named", "[quantize]") {
  const Input input("not_finite_1.13.pt");
  const Scratch output;
  const auto report = quantized(input.file(), output);
  CHECK(weight(report, "good.weight").quantized);
  CHECK_FALSE(weight(report, "bad.weight").quantized);
  CHECK_THAT(weight(report, "bad.weight").reason, ContainsSubstring("NaN"));
  REQUIRE(report.diagnostics.size() == 1);
  CHECK_THAT(report.diagnostics[0].message, StartsWith("bad.weight holds NaN"));
}

TEST_CASE("rows without a range stay exact", "[quantize]") {
  const Input input("odd_weights_1.13.pt");
  const bool perChannel = GENERATE(false, true);
  const Scratch output;
  QuantizeOptions options;
  options.selection.types = {"linear", "embedding"};
  options.scheme.perChannel = perChannel;
  const auto report = quantized(input.file(), output, options);
  for (const char* name : {"words.weight", "zeros.weight", "layer.weight"}) CHECK(weight(report, name).quantized);
  CHECK(std::isinf(weight(report, "zeros.weight").sqnr));
  CHECK(weight(report, "zeros.weight").minScale > 0);
  const std::vector<ts::Value> tokens = {int64s({3}, {3, 5, 3})};
  const auto items = [&](const ts::InputFile& file) {
    return std::get<std::shared_ptr<ts::Tuple>>(run(file, "forward", tokens).data)->items;
  };
  const auto before = items(input.file()), after = items(output.file());
  CHECK(asTensor(after.at(2)).toDoubles() == asTensor(before.at(2)).toDoubles());  // rows of one number
  CHECK(asTensor(after.at(1)).toDoubles() == asTensor(before.at(1)).toDoubles());  // the bias
  CHECK(signalToNoise(firstOf(run(input.file(), "forward", tokens)), firstOf(run(output.file(), "forward", tokens))) > 30);
}

TEST_CASE("weights of other dtypes stay", "[quantize]") {
  const Input input("odd_weights_1.13.pt");
  const Scratch output;
  const auto report = quantized(input.file(), output);
  CHECK(weight(report, "halves.weight").reason == "its dtype is Half, not float32");
  CHECK(weight(report, "doubles.weight").reason == "its dtype is Double, not float32");
  CHECK(weight(report, "layer.weight").quantized);
}

TEST_CASE("patterns choose weights", "[quantize]") {
  const Input input("layers_1.13.pt");
  const Scratch output;
  QuantizeOptions options;
  options.selection.include = {"first.*", "op:lstm"};
  options.selection.exclude = {"*_l0_reverse"};
  const auto report = quantized(input.file(), output, options);
  CHECK(weight(report, "first.weight").quantized);
  CHECK_FALSE(weight(report, "second.weight").quantized);
  CHECK_FALSE(weight(report, "lstm.weight_ih_l0").quantized);  // with one of its weights the whole layer stays
  CHECK_FALSE(weight(report, "lstm.weight_ih_l0").reason.empty());
  options.selection.types = {"nonsense"};
  const auto refused = torchModule().quantize(input.file(), output.descriptor(), options);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ExitCode::Usage);
}

TEST_CASE("extra files and the version record stay", "[quantize]") {
  const Input input("layers_1.13.pt");
  const Scratch output;
  quantized(input.file(), output);
  const auto before = torchModule().load(input.file());
  const auto after = torchModule().load(output.file());
  REQUIRE(before.ok());
  REQUIRE(after.ok());
  CHECK(after->program.archiveVersion == before->program.archiveVersion);
  const auto zip = archive::ZipDirectory::read(output.descriptor());
  REQUIRE(zip.ok());
  const auto* notes = zip->find("extra/notes.txt");
  REQUIRE(notes);
  CHECK(zip->prefix(*notes, 100) == "three lines\nof\ntext");
}

TEST_CASE("the same archive twice gives the same bytes", "[quantize]") {
  const Input input("layers_1.13.pt");
  const Scratch first, second;
  quantized(input.file(), first);
  quantized(input.file(), second);
  REQUIRE(first.size() == second.size());
  CHECK(archive::readAt(first.descriptor(), 0, first.size()) == archive::readAt(second.descriptor(), 0, second.size()));
}
