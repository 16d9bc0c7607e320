// `--dynamic-axes input:0=batch,output:0=batch`: names for axes, and giving them to the inputs.
#include <map>

#include "export/input_spec.h"
#include "export/spec_scanner.h"

namespace deploytool::exporter {

namespace {

Result<DynamicAxis> oneAxis(SpecScanner& scan) {
  DynamicAxis axis;
  const size_t begin = scan.position();
  // The name of a value may hold colons (a dict's key): the last one before the comma counts.
  const std::string_view entry = scan.until(",");
  const size_t equals = entry.rfind('=');
  const size_t colon = equals == std::string_view::npos ? equals : entry.rfind(':', equals);
  if (colon == std::string_view::npos || colon == 0) return scan.errorAt(begin, "expected NAME:AXIS=DIM");
  axis.value = trimmed(entry.substr(0, colon));
  if (!parsed(trimmed(entry.substr(colon + 1, equals - colon - 1)), axis.axis)) {
    return scan.errorAt(begin + colon + 1, "expected the number of an axis");
  }
  axis.name = trimmed(entry.substr(equals + 1));
  if (!isIdentifier(axis.name)) return scan.errorAt(begin + equals + 1, "expected a name for the dim");
  return axis;
}

Diagnostic misfit(const DynamicAxis& axis, const std::string& why) {
  return makeError(ExitCode::Usage, "--dynamic-axes: " + axis.value + ":" + std::to_string(axis.axis) + "=" + axis.name +
                                        ": " + why);
}

Status rename(const DynamicAxis& axis, TensorSpec& tensor) {
  const auto rank = static_cast<int64_t>(tensor.dims.size());
  const int64_t at = axis.axis < 0 ? axis.axis + rank : axis.axis;
  if (at < 0 || at >= rank) return misfit(axis, "the input has " + std::to_string(rank) + " axes");
  DimSpec& dim = tensor.dims[static_cast<size_t>(at)];
  if (dim.kind == DimSpec::Kind::Symbol && dim.name != axis.name) {
    return misfit(axis, "--input names this axis '" + dim.name + "'");
  }
  if (dim.kind == DimSpec::Kind::Literal) dim.example = dim.size;
  dim.kind = DimSpec::Kind::Symbol;
  dim.size = 0;
  dim.name = axis.name;
  return {};
}

// Collects the tensors of a spec under the names that the exporter gives their inputs.
void collect(const std::string& name, Spec& spec, std::map<std::string, TensorSpec*>& tensors) {
  if (auto* tensor = std::get_if<TensorSpec>(&spec.data)) {
    tensors[name] = tensor;
  } else if (auto* list = std::get_if<ListSpec>(&spec.data)) {
    for (size_t i = 0; i < list->items.size(); ++i) collect(name + "." + std::to_string(i), list->items[i], tensors);
  } else if (auto* tuple = std::get_if<TupleSpec>(&spec.data)) {
    for (size_t i = 0; i < tuple->items.size(); ++i) collect(name + "." + std::to_string(i), tuple->items[i], tensors);
  } else if (auto* dict = std::get_if<DictSpec>(&spec.data)) {
    for (auto& [key, item] : dict->items) {
      const auto* number = std::get_if<int64_t>(&key);
      collect(name + "." + (number ? std::to_string(*number) : std::get<std::string>(key)), item, tensors);
    }
  }
}

}  // namespace

Result<std::vector<DynamicAxis>> parseDynamicAxes(std::string_view text) {
  std::vector<DynamicAxis> axes;
  SpecScanner scan(text, "--dynamic-axes");
  do {
    Result<DynamicAxis> axis = oneAxis(scan);
    if (!axis) return axis.error();
    axes.push_back(std::move(*axis));
  } while (scan.accept(','));
  return axes;
}

Status applyDynamicAxes(const std::vector<DynamicAxis>& axes, std::vector<InputSpec>& inputs,
                        std::vector<DynamicAxis>& rest) {
  std::map<std::string, TensorSpec*> tensors;
  for (InputSpec& input : inputs) collect(input.name, input.spec, tensors);
  for (const DynamicAxis& axis : axes) {
    const auto it = tensors.find(axis.value);
    if (it == tensors.end()) {
      rest.push_back(axis);
      continue;
    }
    if (Status renamed = rename(axis, *it->second); !renamed) return renamed;
  }
  return {};
}

}  // namespace deploytool::exporter
