// What the user says about the inputs of a model: `NAME:SPEC` of `--input`, and `--dynamic-axes`. Plain data and parsers.
//
//   SPEC    := DTYPE '[' [DIM{,DIM}] ']' | '[' [SPEC{,SPEC}] ']' | '(' [SPEC{,SPEC}] ')' | '{' [KEY:SPEC{,KEY:SPEC}] '}'
//            | LITERAL | @FILE
//   DIM     := INT | NAME[=INT] | ?
//   KEY     := bare word | integer | JSON string
//   LITERAL := 3 | -2.5e-3 | inf | nan | true | false | none | "text"
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "deploytool/status.h"
#include "ir/dtype.h"

namespace deploytool::exporter {

/// One axis of a tensor: a literal size, a named dynamic axis, or a dynamic axis without a name (`?`).
struct DimSpec {
  enum class Kind { Literal, Symbol, Anonymous };
  Kind kind = Kind::Literal;
  int64_t size = 0;                ///< Literal
  std::string name;                ///< Symbol
  std::optional<int64_t> example;  ///< Symbol: `name=2`; also the literal that a dynamic axis replaced
};
bool operator==(const DimSpec& a, const DimSpec& b);

struct Spec;
struct DictEntry;

struct TensorSpec {
  ir::DType dtype = ir::DType::Undefined;
  std::vector<DimSpec> dims;
};
struct ListSpec { std::vector<Spec> items; };
struct TupleSpec { std::vector<Spec> items; };
/// Keys are a string or an integer, in the order they were written.
struct DictSpec {
  using Key = std::variant<std::string, int64_t>;
  std::vector<DictEntry> items;
};
/// std::monostate is `none`.
struct LiteralSpec { std::variant<std::monostate, bool, int64_t, double, std::string> value; };
/// `@FILE`: dtype and shape come from a data file (`.npy`, `.npz`, `.pb`). Replaced by what the file holds before the
/// export begins (resolveFiles), so the exporter itself never sees one.
struct FileSpec { std::string path; };

struct Spec {
  std::variant<TensorSpec, ListSpec, TupleSpec, DictSpec, LiteralSpec, FileSpec> data;
  std::string text;  ///< as the user wrote it, for messages
};

struct DictEntry {
  DictSpec::Key key;
  Spec value;
};

struct InputSpec {
  std::string name;
  Spec spec;
};

/// Parses `NAME:SPEC`. The error (usage) shows the text with a caret under the place, in its notes.
Result<InputSpec> parseInputSpec(std::string_view text);
/// Parses a SPEC alone.
Result<Spec> parseSpec(std::string_view text);
/// The spec as one would write it: `float32[batch=2,3]`, `(int64[?],none)`.
std::string text(const Spec& spec);

/// Replaces each `@FILE` by the dtype and dims of the tensor in it; of several arrays in an `.npz`, that with the input's
/// (flattened) name.
Status resolveFiles(std::vector<InputSpec>& inputs);

/// One entry of `--dynamic-axes`: axis `axis` (negative counts from the end) of an input or output gets a name.
struct DynamicAxis {
  std::string value;  ///< name of an input or output, after flattening (`x`, `states.0`, `output`)
  int64_t axis = 0;
  std::string name;
};

/// Parses `input:0=batch,input:1=time,output:0=batch`.
Result<std::vector<DynamicAxis>> parseDynamicAxes(std::string_view text);

/// Renames literal dims of the inputs that `axes` names; the literal becomes the example size. What no input matches
/// (outputs) is returned in `rest`. An axis out of range, or one that has another name, is an error.
Status applyDynamicAxes(const std::vector<DynamicAxis>& axes, std::vector<InputSpec>& inputs,
                        std::vector<DynamicAxis>& rest);

}  // namespace deploytool::exporter
