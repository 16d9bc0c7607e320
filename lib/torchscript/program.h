// What the border hands over: a TorchScript program as plain data, and an evaluator of single operators. No torch
// header is needed to use it; lib/torchscript fills it from libtorch.
#pragma once

#include <complex>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "deploytool/status.h"
#include "ir/graph.h"  // TensorPtr
#include "ir/tensor.h"

namespace deploytool::ts {

// ---- types --------------------------------------------------------------------------------------------------------

struct Type;
using TypePtr = std::shared_ptr<const Type>;

/// A TorchScript type. Class types are known by their qualified name.
struct Type {
  enum class Kind {
    Any, None, Tensor, Int, Float, Bool, Complex, Number, String, Device, Generator, Layout, Stream, Storage,
    List, Tuple, Dict, Optional, Union, Future, Class, Module, Interface, Enum, Function, Capsule, Other,
  };
  Kind kind = Kind::Other;
  std::string name;                     ///< Class, Module, Interface, Enum, NamedTuple: qualified name; Other: its text
  std::vector<TypePtr> elements;        ///< List, Optional, Future: 1; Dict: key, value; Tuple, Union: all
  std::vector<std::string> fieldNames;  ///< NamedTuple
};
std::string text(const Type& type);  ///< as TorchScript writes it: `Optional[List[Tensor]]`
/// Whether a value of type `sub` may stand where `super` is asked (Optional, Union, Any, Number, structural containers).
bool isSubtype(const Type& sub, const Type& super);

// ---- values -------------------------------------------------------------------------------------------------------

struct Value;
struct Object;

struct List { TypePtr elementType; std::vector<Value> items; };
struct Tuple { std::vector<Value> items; TypePtr type; };                       ///< type: set for a NamedTuple
struct Dict { TypePtr keyType, valueType; std::vector<std::pair<Value, Value>> items; };  ///< in insertion order
struct Device { std::string name; };                                             ///< `cpu`
struct Enum { std::string typeName, name; std::shared_ptr<Value> value; };
struct FunctionRef { std::string name; };                                        ///< key of Program::functions

/// A quantized tensor: integers with their scale and zero point. `scales` and `zeroPoints` have one element per tensor,
/// or one per slice of `axis`.
struct QuantizedTensor {
  ir::Tensor integers;
  std::vector<double> scales;
  std::vector<int64_t> zeroPoints;
  int64_t axis = -1;  ///< -1: per tensor
};
/// Packed parameters of quantized operators (torchbind objects), unpacked: `linear`, `conv`, `cell`, `embedding`.
struct Packed {
  std::string className;
  std::vector<Value> fields;  ///< what its __getstate__ or unpack() gives; documented at torchscript/packed.cpp
};

/// A static value. Lists, dicts and objects are shared: copying a Value copies the reference, as in Python.
/// `int64_t` also stands for dtypes, layouts and memory formats, as in TorchScript.
struct Value {
  std::variant<std::monostate, bool, int64_t, double, std::complex<double>, std::string, ir::TensorPtr,
               std::shared_ptr<List>, std::shared_ptr<Tuple>, std::shared_ptr<Dict>, std::shared_ptr<Object>, Device,
               std::shared_ptr<Enum>, FunctionRef, std::shared_ptr<QuantizedTensor>, std::shared_ptr<Packed>>
      data;
  bool isNone() const { return data.index() == 0; }
};

/// An instance of a module or class. One libtorch object is one Object, so sharing shows.
struct Object {
  std::string typeName;   ///< `__torch__.torchvision.models.resnet.ResNet`
  bool isModule = false;
  std::map<std::string, Value> attributes;
};

// ---- program ------------------------------------------------------------------------------------------------------

struct Argument {
  std::string name;
  TypePtr type;
  std::optional<Value> defaultValue;
  bool keywordOnly = false;
  /// Alias annotation: sets this argument belongs to (`a`), empty for none; `*` for the wildcard.
  std::vector<std::string> aliasSets;
  bool isWrite = false;                     ///< `Tensor(a!)`
  std::vector<std::string> elementAliasSets;  ///< of the elements of a list: `Tensor(a)[]`
};

struct Schema {
  std::string name;      ///< `aten::add`
  std::string overload;  ///< `Tensor`, may be empty
  std::vector<Argument> arguments;
  std::vector<Argument> returns;
  bool isVararg = false;
  std::string key() const { return overload.empty() ? name : name + "." + overload; }
};

/// Where a node comes from: innermost first, `net.py:87 in Encoder.forward`.
struct SourceLocation {
  std::string file;
  int line = 0;
  std::string function;
  std::string text() const;
};

using ValueId = int32_t;  ///< index into the frame of a function

struct Block;

/// A node. Operators have a schema; `prim::` instructions without one (If, Loop, Constant, GetAttr, CallMethod,
/// ListConstruct, ...) are known by their kind.
struct Node {
  std::string kind;                          ///< `aten::add`, `prim::If`
  std::shared_ptr<const Schema> schema;      ///< null for instructions
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  std::vector<TypePtr> outputTypes;
  std::map<std::string, Value> attributes;   ///< `name` of GetAttr, `value` of Constant, `types` (as `typeList`) of isinstance
  std::vector<TypePtr> typeList;             ///< prim::isinstance, prim::annotate
  std::vector<Block> blocks;
  SourceLocation location;
  std::string scope;                         ///< traced archives: module scope, where the graph carries one
};

struct Block {
  std::vector<ValueId> inputs;
  std::vector<TypePtr> inputTypes;
  std::vector<Node> nodes;
  std::vector<ValueId> outputs;
};

/// A function or method. `body.inputs[0]` of a method is self. Calls are not inlined: prim::CallFunction (first input: a
/// prim::Constant holding a FunctionRef) and prim::CallMethod (attribute `name`, first input: the object).
struct Function {
  std::string name;  ///< `__torch__.Net.forward`
  std::vector<Argument> arguments;  ///< with self, for methods
  std::vector<Argument> returns;
  Block body;
  int32_t valueCount = 0;  ///< size of a frame
  bool traced = false;     ///< recorded by a trace: branches and loops of the Python source are not in it
};

struct ClassInfo {
  std::string name;
  bool isModule = false;
  std::vector<std::string> attributeNames;  ///< in the class's order
  std::vector<TypePtr> attributeTypes;
  std::vector<std::string> parameters;      ///< names of attributes that are parameters
  std::vector<std::string> buffers;
  /// Hooks around `forward`, as keys of Program::functions. Calls inside the program carry theirs already; who calls
  /// the root's `forward` from outside applies the root's.
  std::vector<std::string> forwardPreHooks;
  std::vector<std::string> forwardHooks;
};

struct Program {
  std::shared_ptr<Object> root;
  /// Free functions by qualified name, methods by `<class>.<method>`; everything reachable from the root's methods.
  std::unordered_map<std::string, std::shared_ptr<const Function>> functions;
  std::unordered_map<std::string, ClassInfo> classes;
  int64_t archiveVersion = 0;     ///< the `version` record
  bool traced = false;            ///< `forward`, or all that it calls, was recorded by a trace
  std::string producer;           ///< what wrote it, where the archive says so
  std::vector<std::string> methods;        ///< public methods of the root
  std::vector<std::string> missingSchemas; ///< registered by us because this libtorch lacks them

  const Function* method(const Object& object, const std::string& name) const;
};

// ---- evaluation of single operators -------------------------------------------------------------------------------

/// Runs operators on static values. Implemented on ATen in lib/torchscript; tests may use their own.
class Evaluator {
 public:
  virtual ~Evaluator() = default;
  /// Runs the operator on copies-on-write of `arguments` (in the schema's order, complete). Returns nothing when the
  /// operator may not or cannot be run here (not pure, no kernel, result more than 1 MiB larger than its inputs).
  /// An error is an exception that the operator itself raised.
  virtual Result<std::optional<std::vector<Value>>> run(const Schema& schema, const std::vector<Value>& arguments) = 0;
  /// All overloads that this libtorch registers under `name` (`aten::add`).
  virtual std::vector<Schema> schemas(const std::string& name) = 0;
};

/// The functions and classes of a program as text, in a stable order (for debugging, `inspect -v` and tests).
std::string text(const Program& program);
std::string text(const Function& function);
std::string text(const Value& value);
std::string text(const Schema& schema);

/// A loaded archive.
struct LoadedModel {
  Program program;
  std::unique_ptr<Evaluator> evaluator;
};

}  // namespace deploytool::ts
