// ONNX files: against protobuf's own classes, and against damaged and hostile ones.
#include <google/protobuf/util/message_differencer.h>
#include <onnx/onnx_pb.h>

#include <random>

#include "ir/text.h"
#include "ir/verify.h"
#include "onnx/names.h"
#include "onnx/reader.h"
#include "onnx/writer.h"
#include "tests/catch.h"

namespace deploytool::onnx_io {
namespace {

using google::protobuf::util::MessageDifferencer;

std::unique_ptr<ir::Model> parse(const std::string& source) {
  auto model = ir::parseModel(source);
  INFO(source);
  if (!model) FAIL(model.error().message);
  return std::move(*model);
}

onnx::ModelProto decode(const std::string& bytes) {
  onnx::ModelProto proto;
  REQUIRE(proto.ParseFromString(bytes));
  return proto;
}

std::string encode(const ir::Model& model) {
  auto bytes = encodeModel(model);
  REQUIRE(bytes);
  return *bytes;
}

std::string readError(std::string bytes) {
  auto model = readModelBytes(std::move(bytes), "m.onnx");
  if (model) return "";
  const Diagnostic& e = model.error();
  return e.message + (e.places.empty() ? "" : " | " + e.places[0]);
}

// A model with everything that a file may hold.
onnx::ModelProto everything() {
  onnx::ModelProto m;
  m.set_ir_version(8);
  m.set_producer_name("p");
  m.set_producer_version("1");
  m.set_domain("d");
  m.set_model_version(3);
  m.set_doc_string("doc");
  auto* opset = m.add_opset_import();
  opset->set_domain("");
  opset->set_version(17);
  opset = m.add_opset_import();
  opset->set_domain("local");
  opset->set_version(1);
  auto* property = m.add_metadata_props();
  property->set_key("k");
  property->set_value("v");
  auto* function = m.add_functions();
  function->set_name("F");
  function->set_domain("local");
  function->add_input("a");
  m.add_training_info()->mutable_algorithm()->set_name("training");
  onnx::GraphProto& g = *m.mutable_graph();
  g.set_name("g");
  g.set_doc_string("graph doc");
  auto* annotation = g.add_quantization_annotation();
  annotation->set_tensor_name("w");
  auto* x = g.add_input();
  x->set_name("x");
  x->set_doc_string("x doc");
  auto* tensorType = x->mutable_type()->mutable_tensor_type();
  tensorType->set_elem_type(1);
  tensorType->mutable_shape()->add_dim()->set_dim_param("batch");
  auto* second = tensorType->mutable_shape()->add_dim();
  second->set_dim_value(2);
  second->set_denotation("C");
  x->mutable_type()->set_denotation("IMAGE");
  auto* sequence = g.add_input();
  sequence->set_name("seq");
  sequence->mutable_type()->mutable_sequence_type()->mutable_elem_type()->mutable_tensor_type()->set_elem_type(7);
  auto* map = g.add_input();
  map->set_name("map");
  map->mutable_type()->mutable_map_type()->set_key_type(7);
  map->mutable_type()->mutable_map_type()->mutable_value_type()->mutable_tensor_type()->set_elem_type(1);
  auto* optional = g.add_input();
  optional->set_name("opt");
  optional->mutable_type()->mutable_optional_type()->mutable_elem_type()->mutable_tensor_type()->set_elem_type(1);
  auto* overridable = g.add_input();
  overridable->set_name("w");
  overridable->mutable_type()->mutable_tensor_type()->set_elem_type(1);
  overridable->mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_value(2);
  auto* w = g.add_initializer();
  w->set_name("w");
  w->set_data_type(1);
  w->add_dims(2);
  w->set_raw_data(std::string("\0\0\x80\x3f\0\0\0\x40", 8));
  auto* strings = g.add_initializer();
  strings->set_name("strings");
  strings->set_data_type(8);
  strings->add_dims(1);
  strings->add_string_data("text");
  auto* sparse = g.add_sparse_initializer();
  *sparse->mutable_values() = *w;
  sparse->mutable_values()->set_name("sp");
  sparse->mutable_indices()->set_data_type(7);
  sparse->mutable_indices()->add_dims(2);
  sparse->mutable_indices()->set_raw_data(std::string(16, '\0'));
  sparse->add_dims(5);
  auto* node = g.add_node();
  node->set_op_type("F");
  node->set_domain("local");
  node->set_name("n1");
  node->set_doc_string("node doc");
  node->add_input("x");
  node->add_input("");
  node->add_input("w");
  node->add_output("h");
  node->add_output("");
  node->add_output("h2");
  const auto attribute = [&](const char* name, onnx::AttributeProto::AttributeType type) {
    auto* a = node->add_attribute();
    a->set_name(name);
    a->set_type(type);
    return a;
  };
  attribute("f", onnx::AttributeProto::FLOAT)->set_f(0.5f);
  attribute("i", onnx::AttributeProto::INT)->set_i(-3);
  attribute("s", onnx::AttributeProto::STRING)->set_s("text");
  *attribute("t", onnx::AttributeProto::TENSOR)->mutable_t() = *w;
  attribute("fs", onnx::AttributeProto::FLOATS)->add_floats(1);
  attribute("is", onnx::AttributeProto::INTS)->add_ints(-1);
  attribute("ss", onnx::AttributeProto::STRINGS)->add_strings("a");
  *attribute("ts", onnx::AttributeProto::TENSORS)->add_tensors() = *strings;
  attribute("empty", onnx::AttributeProto::INTS);
  attribute("p", onnx::AttributeProto::TYPE_PROTO)->mutable_tp()->mutable_tensor_type()->set_elem_type(1);
  auto* sparseAttribute = attribute("x", onnx::AttributeProto::SPARSE_TENSOR)->mutable_sparse_tensor();
  *sparseAttribute = *sparse;
  attribute("documented", onnx::AttributeProto::INT)->set_i(0);
  node->mutable_attribute(node->attribute_size() - 1)->set_doc_string("attribute doc");
  node = g.add_node();
  node->set_op_type("If");
  node->set_name("n2");
  node->add_input("h");
  node->add_output("y");
  for (const char* name : {"then_branch", "else_branch"}) {
    auto* branch = node->add_attribute();
    branch->set_name(name);
    branch->set_type(onnx::AttributeProto::GRAPH);
    branch->mutable_g()->set_name(name);
    auto* inner = branch->mutable_g()->add_node();
    inner->set_op_type("Neg");
    inner->set_name(std::string(name) + "_neg");
    inner->add_input("h2");
    inner->add_output("inner");
    branch->mutable_g()->add_output()->set_name("inner");
  }
  auto* y = g.add_output();
  y->set_name("y");
  y->mutable_type()->mutable_tensor_type()->set_elem_type(1);
  auto* info = g.add_value_info();
  info->set_name("h");
  info->mutable_type()->mutable_tensor_type()->set_elem_type(1);
  return m;
}

TEST_CASE("onnx: reading and writing lose nothing") {
  const onnx::ModelProto original = everything();
  auto model = readModelBytes(original.SerializeAsString());
  if (!model) FAIL(model.error().message << (model.error().places.empty() ? "" : model.error().places[0]));
  // Attributes that were read have their place in front of documentation; protobuf compares fields, not their order.
  const onnx::ModelProto written = decode(encode(**model));
  std::string differences;
  MessageDifferencer compare;
  compare.ReportDifferencesToString(&differences);
  const bool same = compare.Compare(original, written);
  INFO(differences);
  CHECK(same);
}

TEST_CASE("onnx: fields of a later version are kept") {
  onnx::ModelProto m = everything();
  m.mutable_graph()
      ->mutable_node(0)
      ->GetReflection()
      ->MutableUnknownFields(m.mutable_graph()->mutable_node(0))
      ->AddVarint(99, 7);
  m.GetReflection()->MutableUnknownFields(&m)->AddLengthDelimited(1000, "later");
  m.mutable_graph()->GetReflection()->MutableUnknownFields(m.mutable_graph())->AddFixed32(77, 1);
  auto model = readModelBytes(m.SerializeAsString());
  REQUIRE(model);
  CHECK(MessageDifferencer::Equals(m, decode(encode(**model))));
}

TEST_CASE("onnx: every way of storing numbers is understood") {
  struct Case {
    int dataType;
    std::function<void(onnx::TensorProto&)> fill;
    std::vector<double> expected;
  };
  const auto ints = [](onnx::TensorProto& t) {
    t.add_int32_data(1);
    t.add_int32_data(2);
  };
  const auto halves = [](onnx::TensorProto& t) {
    t.add_int32_data(0x3c00);
    t.add_int32_data(0x4000);
  };
  const std::vector<Case> cases = {
      {1, [](auto& t) { t.add_float_data(1), t.add_float_data(-2); }, {1, -2}},
      {2, ints, {1, 2}},
      {3, ints, {1, 2}},
      {4, ints, {1, 2}},
      {5, ints, {1, 2}},
      {6, ints, {1, 2}},
      {9, ints, {1, 1}},
      {7, [](auto& t) { t.add_int64_data(-1), t.add_int64_data(2); }, {-1, 2}},
      {10, halves, {1, 2}},
      {11, [](auto& t) { t.add_double_data(0.5), t.add_double_data(2); }, {0.5, 2}},
      {12, [](auto& t) { t.add_uint64_data(1), t.add_uint64_data(2); }, {1, 2}},
      {13, [](auto& t) { t.add_uint64_data(1), t.add_uint64_data(2); }, {1, 2}},
  };
  for (const Case& c : cases) {
    onnx::ModelProto m;
    m.set_ir_version(8);
    m.add_opset_import()->set_version(13);
    auto* t = m.mutable_graph()->add_initializer();
    t->set_name("w");
    t->set_data_type(c.dataType);
    t->add_dims(2);
    c.fill(*t);
    CAPTURE(c.dataType);
    auto model = readModelBytes(m.SerializeAsString());
    REQUIRE(model);
    CHECK((*model)->graph.initializers()[0]->constant->toDoubles() == c.expected);
    t->add_dims(2);
    CHECK_THAT(readError(m.SerializeAsString()), ContainsSubstring("2 elements of data where its dims need 4"));
  }
}

TEST_CASE("onnx: what is exported gets names") {
  const auto model = parse(R"(graph(x: float32[batch, 3]) -> (%3) {
    %0 = Relu(x)
    %1 = Relu(%0)
    Relu_0 = Neg(%1)
    %2, _ = MaxPool<kernel_shape=[1]>(Relu_0)
    %3: float32[batch, ?7, batch + ?7] = Neg(%2)
  })");
  const onnx::ModelProto m = decode(encode(*model));
  CHECK(m.ir_version() == 7);
  const auto& g = m.graph();
  CHECK(g.node(0).name() == "Relu_1");
  CHECK(g.node(0).output(0) == "Relu_1_output_0");
  CHECK(g.node(1).name() == "Relu_2");
  CHECK(g.node(2).output(0) == "Relu_0");
  CHECK(g.node(3).output_size() == 1);
  const auto& dims = g.output(0).type().tensor_type().shape();
  CHECK(dims.dim(0).dim_param() == "batch");
  CHECK(dims.dim(1).dim_param() == "Neg_1_output_0_dim_1");
  CHECK(dims.dim(2).dim_param() == "Neg_1_output_0_dim_1 + batch");
  CHECK(encode(*model) == encode(*model));
}

TEST_CASE("onnx: sizes of a Resize in a subgraph have a shape") {
  const auto model = parse(R"(graph(x: float32[1, 1, h, w], c: bool[]) -> (y) {
    y = If<then_branch=graph() -> (r) {
      s: int64[4] = Shape(x)
      d: int64[4] = Add(s, s)
      r = Resize(x, _, _, d)
    }, else_branch=graph() -> (r) { r = Identity(x) }>(c)
  })");
  const onnx::ModelProto m = decode(encode(*model));
  CHECK(m.graph().value_info_size() == 0);
  const auto& branch = m.graph().node(0).attribute(0).g();
  REQUIRE(branch.value_info_size() == 1);
  CHECK(branch.value_info(0).name() == "d");
  CHECK(branch.value_info(0).type().tensor_type().shape().dim(0).dim_value() == 4);
}

TEST_CASE("onnx: a name means one thing where it is visible") {
  auto model = parse(R"(graph(x: float32[2], c: bool[]) -> (y) {
    w: float32[2] = {1, 2}
    h = Relu(x)
    y = If<then_branch=graph() -> (h2) { h2 = Neg(h) }, else_branch=graph() -> (h2) { h2 = Abs(w) }>(c)
  })");
  ir::Graph& g = model->graph;
  g.initializers()[0]->name = "x";                                          // an input has that name
  g.nodes().back()->subgraphs()[0]->nodes().front()->output()->name = "h";  // and an outer value this one
  assignNames(*model);
  CHECK(ir::verify(*model, {.names = true}).empty());
  CHECK(g.inputs()[0]->name == "x");
  CHECK(g.initializers()[0]->name == "x_1");
  CHECK(g.nodes().back()->subgraphs()[1]->outputs()[0]->name == "h2");
}

// ---- hostile files ------------------------------------------------------------------------------------------------

TEST_CASE("onnx: errors name the place") {
  CHECK_THAT(readError(""), ContainsSubstring("is empty"));
  CHECK_THAT(readError("PK\x03\x04 no model"), ContainsSubstring("is a zip file, such as a TorchScript archive"));
  CHECK_THAT(readError("no model"), ContainsSubstring("is not an ONNX file"));
  onnx::ModelProto m = everything();
  m.mutable_graph()->mutable_node(1)->set_input(0, "nothing");
  CHECK(readError(m.SerializeAsString()) ==
        "input 'nothing' is made by nothing before it | node 1 'n2' (If) in graph 'g'");
  m = everything();
  m.mutable_graph()->mutable_node(1)->set_output(0, "h");
  CHECK(readError(m.SerializeAsString()) == "the name 'h' is given twice | node 1 'n2' (If) in graph 'g'");
  m = everything();
  m.mutable_graph()->mutable_initializer(0)->set_dims(0, 3);
  CHECK(readError(m.SerializeAsString()) ==
        "has 8 bytes of data where its dims need 12 | tensor 'w' in initializers in graph 'g'");
  m = everything();
  m.mutable_graph()->mutable_initializer(0)->set_dims(0, -2);
  CHECK_THAT(readError(m.SerializeAsString()), ContainsSubstring("negative or too large"));
  for (int i = 0; i < 3; ++i) m.mutable_graph()->mutable_initializer(0)->add_dims(int64_t{1} << 40);
  m.mutable_graph()->mutable_initializer(0)->set_dims(0, 0);
  CHECK_THAT(readError(m.SerializeAsString()), ContainsSubstring("negative or too large"));
  m = everything();
  m.mutable_graph()->mutable_initializer(0)->set_data_type(17);
  CHECK_THAT(readError(m.SerializeAsString()), ContainsSubstring("element type 17 is not supported"));
}

TEST_CASE("onnx: nesting has a limit") {
  std::string graph;  // the innermost
  const auto wrap = [](char key, const std::string& inner) {
    std::string out(1, key);
    for (size_t n = inner.size();; n >>= 7) {
      out += static_cast<char>(n < 0x80 ? n : (n & 0x7f) | 0x80);
      if (n < 0x80) break;
    }
    return out + inner;
  };
  for (int i = 0; i < 5000; ++i) {
    const std::string attribute = "\x0a\x01g" + wrap(0x32, graph) + "\xa0\x01\x05";
    graph = wrap(0x0a, wrap(0x22, "If") + wrap(0x2a, attribute));
  }
  CHECK_THAT(readError("\x08\x07" + wrap(0x3a, graph) + wrap(0x42, std::string("\x10\x0d", 2))),
             ContainsSubstring("nested too deeply"));
  std::string type;
  for (int i = 0; i < 5000; ++i) type = wrap(0x22, wrap(0x0a, type));
  const std::string input = wrap(0x5a, "\x0a\x01x" + wrap(0x12, type));
  CHECK_THAT(readError("\x08\x07" + wrap(0x3a, input) + wrap(0x42, std::string("\x10\x0d", 2))),
             ContainsSubstring("nested too deeply"));
}

TEST_CASE("onnx: damaged files are errors, never crashes") {
  const std::string good = everything().SerializeAsString();
  std::mt19937 random(1);
  size_t accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = good;
    if (i % 4 == 0) bytes.resize(random() % bytes.size());
    for (unsigned n = 1 + random() % 4; n > 0 && !bytes.empty(); --n) {
      bytes[random() % bytes.size()] = static_cast<char>(random() % 3 ? random() : 0xff);
    }
    auto model = readModelBytes(std::move(bytes));
    if (!model) continue;
    ++accepted;
    auto written = encodeModel(**model);
    REQUIRE(written);
    if (i % 16 == 0) (void)ir::text(**model);
  }
  CHECK(accepted > 100);
  CHECK(accepted < 20'000);
}

}  // namespace
}  // namespace deploytool::onnx_io
