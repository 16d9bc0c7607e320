// `@FILE`: dtype and dims of an input from a data file.
#include <filesystem>

#include "export/input_spec.h"
#include "runtime/data_file.h"

namespace deploytool::exporter {

namespace {

Diagnostic misfit(const std::string& path, const std::string& message, const std::string& help = {}) {
  Diagnostic d = makeError(ExitCode::Usage, "--input: " + message, help);
  d.file = path;
  return d;
}

TensorSpec specOf(const ir::Tensor& tensor) {
  TensorSpec spec{tensor.dtype(), {}};
  for (int64_t size : tensor.dims()) spec.dims.push_back({DimSpec::Kind::Literal, size, {}, {}});
  return spec;
}

// A file with several arrays: the one that has the input's name.
Result<const ir::Tensor*> choose(const std::vector<runtime::NamedTensor>& tensors, const std::string& name,
                                 const std::string& path) {
  if (tensors.size() == 1) return &tensors[0].tensor;
  std::string known;
  for (const runtime::NamedTensor& item : tensors) {
    if (item.name == name) return &item.tensor;
    known += (known.empty() ? "" : ", ") + item.name;
  }
  return misfit(path, "the file has no array '" + name + "'", "it has: " + known);
}

Status resolve(Spec& spec, const std::string& name);

template <class Items>
Status resolveAll(Items& items, const std::string& name) {
  for (size_t i = 0; i < items.size(); ++i) {
    if (Status done = resolve(items[i], name + "." + std::to_string(i)); !done) return done;
  }
  return {};
}

Status resolve(Spec& spec, const std::string& name) {
  if (auto* list = std::get_if<ListSpec>(&spec.data)) return resolveAll(list->items, name);
  if (auto* tuple = std::get_if<TupleSpec>(&spec.data)) return resolveAll(tuple->items, name);
  if (auto* dict = std::get_if<DictSpec>(&spec.data)) {
    for (auto& [key, item] : dict->items) {
      const auto* number = std::get_if<int64_t>(&key);
      const std::string part = number ? std::to_string(*number) : std::get<std::string>(key);
      if (Status done = resolve(item, name + "." + part); !done) return done;
    }
  }
  const auto* file = std::get_if<FileSpec>(&spec.data);
  if (!file) return {};
  const auto tensors = runtime::readTensorFile(file->path);
  if (!tensors) {
    Diagnostic error = tensors.error();
    if (error.file.empty()) error.file = file->path;
    return error;
  }
  const auto tensor = choose(*tensors, name, file->path);
  if (!tensor) return tensor.error();
  spec.data = specOf(**tensor);
  return {};
}

}  // namespace

Status resolveFiles(std::vector<InputSpec>& inputs) {
  for (InputSpec& input : inputs) {
    if (Status done = resolve(input.spec, input.name); !done) return done;
  }
  return {};
}

}  // namespace deploytool::exporter
