// Flat tensors to TorchScript arguments and back.
#include "runtime/arguments.h"
#include "tests/catch.h"

using namespace deploytool;
using namespace deploytool::runtime;
using ir::DType;
using ir::Tensor;
using Kind = ts::Type::Kind;

namespace {

ts::TypePtr type(Kind kind, std::vector<ts::TypePtr> elements = {}) {
  return std::make_shared<const ts::Type>(ts::Type{kind, "", std::move(elements), {}});
}
ts::TypePtr tensorType() { return type(Kind::Tensor); }

ts::Argument argument(const std::string& name, ts::TypePtr argumentType, std::optional<ts::Value> otherwise = {}) {
  ts::Argument result;
  result.name = name;
  result.type = std::move(argumentType);
  result.defaultValue = std::move(otherwise);
  return result;
}

int64_t numberIn(const ts::Value& value) { return std::get<ir::TensorPtr>(value.data)->toInt64s().at(0); }

std::vector<NamedTensor> numbered(const std::vector<std::string>& names) {
  std::vector<NamedTensor> inputs;
  for (const auto& name : names) inputs.push_back({name, Tensor::int64(static_cast<int64_t>(inputs.size()))});
  return inputs;
}

}  // namespace

TEST_CASE("tensors are taken in order, numbers become Python numbers", "[arguments]") {
  auto values = buildArguments({argument("x", tensorType()), argument("n", type(Kind::Int)),
                                argument("f", type(Kind::Float)), argument("b", type(Kind::Bool))},
                               numbered({"a", "b", "c", "d"}), {});
  REQUIRE(values.ok());
  CHECK(numberIn((*values)[0]) == 0);
  CHECK(std::get<int64_t>((*values)[1].data) == 1);
  CHECK(std::get<double>((*values)[2].data) == 2.0);
  CHECK(std::get<bool>((*values)[3].data) == true);
}

TEST_CASE("lists, dicts and tuples are rebuilt from names", "[arguments]") {
  const auto pair = type(Kind::Tuple, {tensorType(), tensorType()});
  auto values = buildArguments({argument("xs", type(Kind::List, {tensorType()})), argument("s", pair),
                                argument("d", type(Kind::Dict, {type(Kind::String), tensorType()}))},
                               numbered({"xs.0", "xs.1", "xs.2", "s.0", "s.1", "d.left", "d.right"}), {});
  REQUIRE(values.ok());
  CHECK(std::get<std::shared_ptr<ts::List>>((*values)[0].data)->items.size() == 3);
  const auto& tuple = *std::get<std::shared_ptr<ts::Tuple>>((*values)[1].data);
  REQUIRE(tuple.items.size() == 2);
  CHECK(numberIn(tuple.items[0]) == 3);
  const auto& dict = *std::get<std::shared_ptr<ts::Dict>>((*values)[2].data);
  REQUIRE(dict.items.size() == 2);
  CHECK(std::get<std::string>(dict.items[1].first.data) == "right");
  CHECK(numberIn(dict.items[1].second) == 6);
}

TEST_CASE("containers in containers are rebuilt from names", "[arguments]") {
  const auto rows = type(Kind::List, {type(Kind::List, {tensorType()})});
  const auto named = type(Kind::Dict, {type(Kind::String), type(Kind::Tuple, {tensorType(), type(Kind::List, {tensorType()})})});
  auto values = buildArguments({argument("rows", type(Kind::Optional, {rows})), argument("named", named)},
                               numbered({"rows.0.0", "rows.0.1", "rows.1.0", "named.a.0", "named.a.1.0", "named.b.0"}), {});
  REQUIRE(values.ok());
  const auto& list = *std::get<std::shared_ptr<ts::List>>((*values)[0].data);
  REQUIRE(list.items.size() == 2);
  CHECK(std::get<std::shared_ptr<ts::List>>(list.items[0].data)->items.size() == 2);
  const auto& last = *std::get<std::shared_ptr<ts::List>>(list.items[1].data);
  REQUIRE(last.items.size() == 1);
  CHECK(numberIn(last.items[0]) == 2);
  const auto& dict = *std::get<std::shared_ptr<ts::Dict>>((*values)[1].data);
  REQUIRE(dict.items.size() == 2);
  const auto& first = *std::get<std::shared_ptr<ts::Tuple>>(dict.items[0].second.data);
  CHECK(std::get<std::shared_ptr<ts::List>>(first.items.at(1).data)->items.size() == 1);
  CHECK(numberIn(std::get<std::shared_ptr<ts::Tuple>>(dict.items[1].second.data)->items.at(0)) == 5);
}

TEST_CASE("an argument with a default is skipped unless an input is for it", "[arguments]") {
  const auto optional = type(Kind::Optional, {tensorType()});
  const std::vector<ts::Argument> arguments{argument("x", tensorType()), argument("hx", optional, ts::Value{}),
                                            argument("mask", optional, ts::Value{})};
  auto values = buildArguments(arguments, numbered({"x", "mask"}), {});
  REQUIRE(values.ok());
  CHECK_FALSE((*values)[0].isNone());
  CHECK((*values)[1].isNone());
  CHECK_FALSE((*values)[2].isNone());
  values = buildArguments(arguments, numbered({"x"}), {});
  REQUIRE(values.ok());
  CHECK((*values)[1].isNone());
  CHECK_FALSE(buildArguments(arguments, {}, {}).ok());
  CHECK_FALSE(buildArguments({argument("x", tensorType())}, numbered({"x", "y"}), {}).ok());
}

TEST_CASE("specs give structure, literals and names", "[arguments]") {
  std::vector<exporter::InputSpec> specs;
  for (const char* text : {"states:(float32[2],[int64[],none])", "scale:3", "x:float32[2]"}) {
    auto spec = exporter::parseInputSpec(text);
    REQUIRE(spec.ok());
    specs.push_back(std::move(*spec));
  }
  const auto flat = flattenSpecs(specs);
  REQUIRE(flat.size() == 3);
  CHECK(flat[0].name == "states.0");
  CHECK(flat[1].name == "states.1.0");
  CHECK(flat[2].name == "x");
  const auto any = type(Kind::Any);
  auto values = buildArguments({argument("x", tensorType()), argument("scale", type(Kind::Float)),
                                argument("states", type(Kind::Tuple, {tensorType(), type(Kind::List, {any})}))},
                               numbered({"states.0", "states.1.0", "x"}), specs);
  REQUIRE(values.ok());
  CHECK(numberIn((*values)[0]) == 2);
  CHECK(std::get<double>((*values)[1].data) == 3.0);
  const auto& tuple = *std::get<std::shared_ptr<ts::Tuple>>((*values)[2].data);
  const auto& list = *std::get<std::shared_ptr<ts::List>>(tuple.items.at(1).data);
  REQUIRE(list.items.size() == 2);
  CHECK(list.items[1].isNone());
}

TEST_CASE("results flatten depth first; None is nothing", "[arguments]") {
  const auto tensor = [](int64_t n) { return ts::Value{std::make_shared<const Tensor>(Tensor::int64(n))}; };
  auto dict = std::make_shared<ts::Dict>();
  dict->items.emplace_back(ts::Value{std::string("k")}, ts::Value{2.5});
  auto tuple = std::make_shared<ts::Tuple>();
  tuple->items = {tensor(1), ts::Value{}, ts::Value{int64_t{7}}, ts::Value{dict}, ts::Value{true}};
  auto flat = flattenResult(ts::Value{tuple});
  REQUIRE(flat.ok());
  REQUIRE(flat->size() == 4);
  CHECK((*flat)[0].name == "output_0");
  CHECK((*flat)[1].tensor.dtype() == DType::Int64);
  CHECK((*flat)[2].tensor.toDoubles() == std::vector<double>{2.5});
  CHECK((*flat)[3].tensor.dtype() == DType::Bool);
  CHECK(flattenResult(tensor(1))->at(0).name == "output");
  CHECK_FALSE(flattenResult(ts::Value{std::string("text")}).ok());
}
