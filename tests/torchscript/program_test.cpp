// From compiled source and archives to ts::Program.
#include "tests/catch.h"
#include "tests/torchscript/torch_module.h"

using namespace deploytool;
using namespace deploytool::test;

namespace {

const ts::Function& function(const ts::Program& program, const std::string& name) {
  REQUIRE(program.functions.count(name) == 1);
  return *program.functions.at(name);
}

const ts::Value& attribute(const ts::Program& program, const std::string& path) {
  const ts::Object* object = program.root.get();
  size_t at = 0;
  for (size_t dot; (dot = path.find('.', at)) != std::string::npos; at = dot + 1) {
    object = std::get<std::shared_ptr<ts::Object>>(object->attributes.at(path.substr(at, dot - at)).data).get();
  }
  return object->attributes.at(path.substr(at));
}

}  // namespace

TEST_CASE("functions become methods that call each other") {
  const auto model = compiled(R"(
def twice(x: Tensor, times: int = 2):
    return x * times

def forward(x: Tensor):
    return twice(x) + 1
)");
  const auto* forward = model.program.method(*model.program.root, "forward");
  REQUIRE(forward != nullptr);
  const std::string text = ts::text(*forward);
  CHECK(text.find("__torch__.Compiled.forward(__torch__.Compiled self, Tensor x) -> (Tensor):") == 0);
  CHECK(text.find("%2: __torch__.twice = prim::Constant[value=@__torch__.twice]()") != std::string::npos);
  CHECK(text.find("prim::CallFunction(%2, %1, %3)") != std::string::npos);
  CHECK(text.find("aten::add.Scalar(") != std::string::npos);

  const auto* twice = model.program.method(*model.program.root, "twice");
  REQUIRE(twice != nullptr);
  REQUIRE(twice->arguments.size() == 3);
  CHECK(ts::text(*twice->arguments[2].defaultValue) == "2");
  CHECK(function(model.program, "__torch__.twice").arguments.size() == 2);
}

TEST_CASE("methods over self are compiled as they are") {
  const auto model = compiled("def forward(self, x: Tensor) -> Tensor:\n    return self.helper(x)\n"
                              "def helper(self, x: Tensor) -> Tensor:\n    return x + 1\n");
  CHECK(model.program.method(*model.program.root, "helper") != nullptr);
  CHECK_FALSE(model.program.traced);
}

TEST_CASE("source that does not compile is refused with the reason") {
  const auto model = torchModule().compile("def forward(x):\n    return undefined_name(x)\n");
  REQUIRE_FALSE(model.ok());
  CHECK_THAT(model.error().message, ContainsSubstring("undefined"));
}

TEST_CASE("alias sets of schemas") {
  auto evaluator = torchModule().evaluator();
  const auto view = schemaOf(*evaluator, "aten::transpose.int");
  CHECK(view.arguments[0].aliasSets == std::vector<std::string>{"a"});
  CHECK(view.returns[0].aliasSets == std::vector<std::string>{"a"});
  CHECK_FALSE(view.arguments[0].isWrite);
  CHECK(schemaOf(*evaluator, "aten::add_.Tensor").arguments[0].isWrite);
  const auto chunks = schemaOf(*evaluator, "aten::chunk");
  CHECK(chunks.returns[0].elementAliasSets == std::vector<std::string>{"a"});
  CHECK(schemaOf(*evaluator, "aten::__getitem__.t").returns[0].aliasSets == std::vector<std::string>{"*"});
  CHECK(schemaOf(*evaluator, "aten::sum.dim_IntList").arguments[3].keywordOnly);
}

TEST_CASE("a scripted archive", "[archive]") {
  const std::string version = GENERATE("1.13", "2.6");
  const auto model = loadData("branch_" + version + ".pt");
  REQUIRE(model.ok());
  const auto& program = model->program;
  CHECK_FALSE(program.traced);
  CHECK(program.archiveVersion >= 3);
  CHECK(program.methods == std::vector<std::string>{"forward", "shapes"});

  SECTION("parameters share bytes, carry their path; tied ones are one tensor") {
    const auto tied = std::get<ir::TensorPtr>(attribute(program, "encoder.weight").data);
    CHECK(tied == std::get<ir::TensorPtr>(attribute(program, "decoder.weight").data));
    CHECK((tied->name == "decoder.weight" || tied->name == "encoder.weight"));
    CHECK(asTensor(attribute(program, "encoder.bias")).name == "encoder.bias");
    const ir::Tensor table = asTensor(attribute(program, "table"));
    CHECK(table.dims() == std::vector<int64_t>{4, 3});
    CHECK(table.strides() == std::vector<int64_t>{1, 4});
    CHECK(table.toDoubles()[1] == 4);
    CHECK(asTensor(attribute(program, "halves")).dtype() == ir::DType::Float16);
  }
  SECTION("other attributes keep their kinds") {
    CHECK(ts::text(attribute(program, "scales")) == "{\"first\": 2, \"second\": 3}");
    CHECK(ts::text(attribute(program, "sizes")) == "[3, 5]");
    CHECK(ts::text(attribute(program, "training")) == "False");
  }
  SECTION("classes say what is a parameter and what a buffer") {
    const auto& info = program.classes.at(program.root->typeName);
    CHECK(info.isModule);
    CHECK(info.buffers == std::vector<std::string>{"table", "halves"});
    CHECK(program.classes.at("__torch__.torch.nn.modules.linear.Linear").parameters ==
          std::vector<std::string>{"weight", "bias"});
  }
  SECTION("arguments, defaults, places in the source") {
    const auto& forward = *program.method(*program.root, "forward");
    REQUIRE(forward.arguments.size() == 4);
    CHECK(ts::text(*forward.arguments[3].defaultValue) == "1.5");
    CHECK(ts::text(*forward.returns[0].type) == "Tensor");
    const auto isBranch = [](const ts::Node& node) { return node.kind == "prim::If"; };
    const auto branch = std::find_if(forward.body.nodes.begin(), forward.body.nodes.end(), isBranch);
    REQUIRE(branch != forward.body.nodes.end());
    CHECK(branch->blocks.size() == 2);
    CHECK(branch->location.text() == "make_archives.py:27 in Branch.forward");
    CHECK(ts::text(*program.method(*program.root, "shapes")->returns[0].type) == "Dict[str, int]");
  }
}

TEST_CASE("calls through interfaces, classes made at run time, named tuples", "[archive]") {
  const auto model = loadData(std::string("chosen_") + GENERATE("1.13", "2.6") + ".pt");
  REQUIRE(model.ok());
  const auto& program = model->program;
  CHECK(program.functions.count("__torch__.Twice.forward") == 1);
  CHECK(program.functions.count("__torch__.Counter.next") == 1);
  CHECK(program.functions.count("__torch__.Counter.__init__") == 1);
  CHECK_FALSE(program.classes.at("__torch__.Counter").isModule);
  const auto& pair = *program.method(*program.root, "forward")->returns[0].type;
  CHECK(pair.kind == ts::Type::Kind::Tuple);
  CHECK(pair.name == "__torch__.Pair");
  CHECK(pair.fieldNames == std::vector<std::string>{"first", "second"});
}

TEST_CASE("a traced archive is recognised", "[archive]") {
  const auto model = loadData(std::string("traced_") + GENERATE("1.13", "2.6") + ".pt");
  REQUIRE(model.ok());
  CHECK(model->program.traced);
  const auto& forward = *model->program.method(*model->program.root, "forward");
  CHECK(forward.traced);
  CHECK_THAT(forward.body.nodes.back().location.text(), StartsWith("make_archives.py:"));
}

TEST_CASE("statements that look like a Python stack make no trace", "[archive]") {
  const auto model = loadData(std::string("one_line_") + GENERATE("1.13", "2.6") + ".pt");
  REQUIRE(model.ok());
  CHECK_FALSE(model->program.traced);
  for (const ts::Node& node : model->program.method(*model->program.root, "forward")->body.nodes)
    if (!node.blocks.empty()) CHECK_THAT(node.location.text(), StartsWith("make_archives.py:"));
}

TEST_CASE("packed parameters come unpacked", "[archive]") {
  const auto model = loadData("quantized_1.13.pt");
  REQUIRE(model.ok());
  const auto& linear =
      *std::get<std::shared_ptr<ts::Packed>>(attribute(model->program, "fc._packed_params._packed_params").data);
  CHECK(linear.className == "quantized.LinearPackedParamsBase");
  REQUIRE(linear.fields.size() == 2);
  const auto& weight = *std::get<std::shared_ptr<ts::QuantizedTensor>>(linear.fields[0].data);
  CHECK(weight.integers.dims() == std::vector<int64_t>{3, 4});
  CHECK(weight.zeroPoints == std::vector<int64_t>{0});
  CHECK(asTensor(linear.fields[1]).dims() == std::vector<int64_t>{3});
  const auto& cell = *std::get<std::shared_ptr<ts::Packed>>(attribute(model->program, "rnn._all_weight_values.0.param").data);
  CHECK(cell.className == "rnn.CellParamsBase");
  CHECK(ts::text(cell.fields.at(0)) == "\"quantized_dynamic\"");
}

TEST_CASE("subtypes") {
  using Kind = ts::Type::Kind;
  auto atom = [](Kind kind) { return std::make_shared<ts::Type>(ts::Type{kind, {}, {}, {}}); };
  auto of = [](Kind kind, std::vector<ts::TypePtr> inner) {
    return ts::Type{kind, {}, std::move(inner), {}};
  };
  const auto optional = of(Kind::Optional, {atom(Kind::Int)});
  CHECK(ts::isSubtype(*atom(Kind::Int), optional));
  CHECK(ts::isSubtype(*atom(Kind::None), optional));
  CHECK_FALSE(ts::isSubtype(optional, *atom(Kind::Int)));
  CHECK(ts::isSubtype(optional, *atom(Kind::Any)));
  CHECK(ts::isSubtype(*atom(Kind::Float), *atom(Kind::Number)));
  CHECK_FALSE(ts::isSubtype(of(Kind::List, {atom(Kind::Int)}), of(Kind::List, {atom(Kind::Number)})));
  CHECK(ts::isSubtype(of(Kind::Tuple, {atom(Kind::Int)}), of(Kind::Tuple, {atom(Kind::Number)})));
  CHECK(ts::text(of(Kind::Dict, {atom(Kind::String), atom(Kind::Tensor)})) == "Dict[str, Tensor]");
}
