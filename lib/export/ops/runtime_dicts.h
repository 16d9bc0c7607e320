// Dicts whose keys a run decides: numbers, in a list of their own beside a list of the values.
#pragma once

#include <memory>

#include "export/ops/containers.h"

namespace deploytool::exporter::ops {

using Dict = std::shared_ptr<DictValue>;

/// Whether a run decides which entry of the dict has this key.
bool isRuntimeKey(Call& c, const DictValue& dict, const Value& key);
/// The same entries as two lists; refuses what no ONNX sequence holds.
DictValue runtimeForm(Call& c, const DictValue& dict);

/// Of a dict that is in this form.
ListValue keysOf(Call& c, const DictValue& dict);
ListValue valuesOf(Call& c, const DictValue& dict);
Tensor containsKey(Call& c, const DictValue& dict, const Value& key);
/// The program raises where there is no such key.
Value entryAt(Call& c, const DictValue& dict, const Value& key);
Value entryOr(Call& c, const DictValue& dict, const Value& key, const Value& otherwise);
void setEntry(Call& c, DictValue& dict, const Value& key, const Value& value);
void eraseEntry(Call& c, DictValue& dict, const Value& key);

}  // namespace deploytool::exporter::ops
