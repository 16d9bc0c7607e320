// See torch_module.h.
#include "tests/torchscript/torch_module.h"

#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>

#include "support/module.h"

namespace deploytool::test {

ts::TorchModule& torchModule() {
  static ts::TorchModule* module = [] {
    auto entry = openModule(kTorchModuleFile, ts::kModuleEntry);
    if (!entry) throw std::runtime_error(entry.error().message);
    return reinterpret_cast<ts::ModuleEntry>(*entry)();
  }();
  return *module;
}

Result<ts::LoadedModel> loadData(const std::string& name) {
  const std::string path = std::string(DEPLOYTOOL_TEST_DATA) + "/torchscript/data/" + name;
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw std::runtime_error("no test data " + path);
  auto model = torchModule().load({descriptor, name});
  close(descriptor);
  return model;
}

ts::LoadedModel compiled(const std::string& source) {
  auto model = torchModule().compile(source);
  if (!model) throw std::runtime_error(model.error().message);
  return std::move(*model);
}

ts::Schema schemaOf(ts::Evaluator& evaluator, const std::string& key) {
  for (auto& schema : evaluator.schemas(key.substr(0, key.find('.')))) {
    if (schema.key() == key) return schema;
  }
  throw std::runtime_error("no operator " + key);
}

ts::Value tensorValue(ir::Tensor tensor) { return {std::make_shared<const ir::Tensor>(std::move(tensor))}; }

ts::Value floats(std::vector<int64_t> dims, const std::vector<float>& values, std::string name) {
  auto tensor = ir::Tensor::of(ir::DType::Float32, std::move(dims), values);
  tensor.name = std::move(name);
  return tensorValue(std::move(tensor));
}

ts::Value int64s(std::vector<int64_t> dims, const std::vector<int64_t>& values) {
  return tensorValue(ir::Tensor::of(ir::DType::Int64, std::move(dims), values));
}

ts::Value intList(const std::vector<int64_t>& values) {
  auto list = std::make_shared<ts::List>();
  list->elementType = std::make_shared<ts::Type>(ts::Type{ts::Type::Kind::Int, {}, {}, {}});
  for (int64_t value : values) list->items.push_back({value});
  return {list};
}

ts::Value tensorList(std::vector<ts::Value> values) {
  auto list = std::make_shared<ts::List>();
  list->elementType = std::make_shared<ts::Type>(ts::Type{ts::Type::Kind::Tensor, {}, {}, {}});
  list->items = std::move(values);
  return {list};
}

const ir::Tensor& asTensor(const ts::Value& value) {
  const auto* tensor = std::get_if<ir::TensorPtr>(&value.data);
  if (!tensor) throw std::runtime_error("not a tensor: " + ts::text(value));
  return **tensor;
}

}  // namespace deploytool::test
