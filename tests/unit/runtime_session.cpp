// Models in ONNX Runtime: ports, dtypes, rank 0, zero size, sequences, and errors as diagnostics.
#include <onnx/onnx_pb.h>

#include "runtime/compare.h"
#include "runtime/onnxruntime_library.h"
#include "runtime/session.h"
#include "tests/catch.h"

using namespace deploytool;
using namespace deploytool::runtime;
using ir::DType;
using ir::Tensor;

namespace {

// A model in the making: inputs and outputs by dtype and dims (a negative dim is the symbol `n`).
class ModelText {
 public:
  ModelText() {
    model_.set_ir_version(8);
    model_.add_opset_import()->set_version(13);
    model_.mutable_graph()->set_name("g");
  }
  ModelText& input(const std::string& name, DType dtype, const std::vector<int64_t>& dims) {
    declare(*model_.mutable_graph()->add_input(), name, dtype, dims);
    return *this;
  }
  ModelText& output(const std::string& name, DType dtype, const std::vector<int64_t>& dims) {
    declare(*model_.mutable_graph()->add_output(), name, dtype, dims);
    return *this;
  }
  ModelText& sequenceOutput(const std::string& name, DType dtype) {
    auto& value = *model_.mutable_graph()->add_output();
    value.set_name(name);
    value.mutable_type()->mutable_sequence_type()->mutable_elem_type()->mutable_tensor_type()->set_elem_type(
        static_cast<int>(dtype));
    return *this;
  }
  ModelText& node(const std::string& op, const std::vector<std::string>& inputs, const std::string& output) {
    auto& node = *model_.mutable_graph()->add_node();
    node.set_op_type(op);
    for (const auto& name : inputs) node.add_input(name);
    node.add_output(output);
    return *this;
  }
  Result<std::unique_ptr<Session>> open() const {
    const auto text = model_.SerializeAsString();
    return openOnnx(std::as_bytes(std::span(text)));
  }

 private:
  static void declare(onnx::ValueInfoProto& value, const std::string& name, DType dtype,
                      const std::vector<int64_t>& dims) {
    value.set_name(name);
    auto& tensor = *value.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(static_cast<int>(dtype));
    auto& shape = *tensor.mutable_shape();
    for (int64_t dim : dims) {
      if (dim < 0) shape.add_dim()->set_dim_param("n");
      else shape.add_dim()->set_dim_value(dim);
    }
  }
  onnx::ModelProto model_;
};

std::unique_ptr<Session> opened(const ModelText& model) {
  auto session = model.open();
  if (!session) FAIL(session.error().message);
  return std::move(*session);
}

}  // namespace

TEST_CASE("ONNX Runtime is found and says its version", "[session]") {
  auto library = loadOnnxRuntime();
  REQUIRE(library.ok());
  CHECK_THAT(library->version, StartsWith("1."));
}

TEST_CASE("ports tell names, dtypes and dims", "[session]") {
  auto session = opened(ModelText()
                            .input("x", DType::Float32, {-1, 3})
                            .output("y", DType::Float32, {-1, 3})
                            .node("Relu", {"x"}, "y"));
  REQUIRE(session->inputs().size() == 1);
  CHECK(session->inputs()[0].name == "x");
  CHECK(ir::text(session->inputs()[0].type) == "float32[n, 3]");
  CHECK(session->outputs()[0].name == "y");

  auto result = session->run({Tensor::of(DType::Float32, {2, 3}, std::vector<float>{-1, 2, -3, 4, -5, 6})});
  REQUIRE(result.ok());
  CHECK((*result)[0].tensors.at(0).toDoubles() == std::vector<double>{0, 2, 0, 4, 0, 6});
}

TEST_CASE("every dtype goes in and comes out", "[session]") {
  for (DType dtype : {DType::Float32, DType::Float64, DType::Float16, DType::BFloat16, DType::Int64, DType::Int32,
                      DType::Int16, DType::Int8, DType::UInt8, DType::UInt16, DType::UInt32, DType::UInt64,
                      DType::Bool}) {
    CAPTURE(ir::dtypeName(dtype));
    auto session = opened(ModelText().input("x", dtype, {}).output("y", dtype, {}).node("Identity", {"x"}, "y"));
    const auto one = Tensor::scalar(dtype, 1);
    auto result = session->run({one});
    REQUIRE(result.ok());
    CHECK(identical((*result)[0].tensors.at(0), one));
  }
}

TEST_CASE("strided and zero-size tensors and strings run", "[session]") {
  auto session = opened(ModelText()
                            .input("x", DType::Float32, {-1, 2})
                            .output("y", DType::Float32, {-1, 2})
                            .node("Neg", {"x"}, "y"));
  const auto rows = Tensor::of(DType::Float32, {2, 2}, std::vector<float>{1, 2, 3, 4});
  const auto columns = Tensor::share(DType::Float32, {2, 2}, {1, 2}, rows.storage(), rows.offset(), rows.owner());
  auto result = session->run({columns});
  REQUIRE(result.ok());
  CHECK((*result)[0].tensors.at(0).toDoubles() == std::vector<double>{-1, -3, -2, -4});
  result = session->run({Tensor::of(DType::Float32, {0, 2}, std::vector<float>{})});
  REQUIRE(result.ok());
  CHECK((*result)[0].tensors.at(0).dims() == std::vector<int64_t>{0, 2});

  auto strings =
      opened(ModelText().input("x", DType::String, {2}).output("y", DType::String, {2}).node("Identity", {"x"}, "y"));
  result = strings->run({Tensor::strings({2}, {"a", "bc"})});
  REQUIRE(result.ok());
  CHECK((*result)[0].tensors.at(0).stringValues() == std::vector<std::string>{"a", "bc"});
}

TEST_CASE("a sequence comes out as its tensors", "[session]") {
  auto session = opened(ModelText()
                            .input("a", DType::Int64, {-1})
                            .input("b", DType::Int64, {})
                            .sequenceOutput("y", DType::Int64)
                            .node("SequenceConstruct", {"a", "b"}, "y"));
  auto result = session->run({Tensor::int64s({1, 2}), Tensor::int64(3)});
  REQUIRE(result.ok());
  REQUIRE((*result)[0].kind == RunValue::Kind::Sequence);
  REQUIRE((*result)[0].tensors.size() == 2);
  CHECK(identical((*result)[0].tensors[0], Tensor::int64s({1, 2})));
  CHECK(identical((*result)[0].tensors[1], Tensor::int64(3)));
}

TEST_CASE("outputs outlive the session and a later run", "[session]") {
  auto session =
      opened(ModelText().input("x", DType::Int64, {-1}).output("y", DType::Int64, {-1}).node("Neg", {"x"}, "y"));
  auto first = session->run({Tensor::int64s({1, 2})});
  auto second = session->run({Tensor::int64s({5, 6})});
  session.reset();
  CHECK((*first)[0].tensors[0].toInt64s() == std::vector<int64_t>{-1, -2});
  CHECK((*second)[0].tensors[0].toInt64s() == std::vector<int64_t>{-5, -6});
}

TEST_CASE("what does not fit is a diagnostic", "[session]") {
  auto session = opened(
      ModelText().input("x", DType::Float32, {2}).output("y", DType::Float32, {2}).node("Relu", {"x"}, "y"));
  CHECK(session->run({}).error().code == ExitCode::Usage);
  CHECK_FALSE(session->run({Tensor::int64s({1, 2})}).ok());
  CHECK_FALSE(session->run({Tensor::float32(1)}).ok());

  const std::string garbage = "this is no model";
  CHECK(openOnnx(std::as_bytes(std::span(garbage))).error().code == ExitCode::BadInput);
  CHECK(openOnnx(std::string("/nonexistent.onnx")).error().code == ExitCode::Io);
  auto unknown = ModelText().input("x", DType::Float32, {}).output("y", DType::Float32, {}).node("Nope", {"x"}, "y");
  CHECK_FALSE(unknown.open().ok());
}
