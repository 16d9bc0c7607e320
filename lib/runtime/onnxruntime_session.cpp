// Session on ONNX Runtime's CPU provider. Exceptions of its C++ API end here.
#include "runtime/session.h"

#include <fmt/format.h>

#include "runtime/onnxruntime_library.h"

#ifdef DEPLOYTOOL_WITH_ONNXRUNTIME
#define ORT_API_MANUAL_INIT
#include <onnxruntime_cxx_api.h>
#endif

namespace deploytool::runtime {

#ifdef DEPLOYTOOL_WITH_ONNXRUNTIME
namespace {

void ignoreLog(void*, OrtLoggingLevel, const char*, const char*, const char*, const char*) {}

// One environment per process. What it would log reaches us as an error status too.
Ort::Env& environment() {
  static Ort::Env env(ORT_LOGGING_LEVEL_FATAL, "deploytool", ignoreLog, nullptr);
  return env;
}

Diagnostic fromOrt(const Ort::Exception& exception, std::string what) {
  ExitCode code = ExitCode::BadInput;
  if (exception.GetOrtErrorCode() == ORT_NOT_IMPLEMENTED) code = ExitCode::Unsupported;
  if (exception.GetOrtErrorCode() == ORT_NO_SUCHFILE) code = ExitCode::Io;
  return makeError(code, fmt::format("{}: {}", what, exception.what()));
}

// ONNX Runtime numbers element types as onnx.TensorProto does; ours end at bfloat16.
ir::DType toDType(ONNXTensorElementDataType type) {
  const auto number = static_cast<int>(type);
  return number <= static_cast<int>(ir::DType::BFloat16) ? static_cast<ir::DType>(number) : ir::DType::Undefined;
}

ONNXTensorElementDataType toElementType(ir::DType dtype) { return static_cast<ONNXTensorElementDataType>(dtype); }

ir::Type tensorType(Ort::ConstTensorTypeAndShapeInfo info, ir::SymbolSource& symbols) {
  const auto shape = info.GetShape();
  std::vector<const char*> names(shape.size());
  if (!names.empty()) info.GetSymbolicDimensions(names.data(), names.size());
  ir::Dims dims;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] >= 0) {
      dims.emplace_back(shape[i]);
    } else if (names[i] && *names[i]) {
      dims.push_back(ir::Dim::symbol(names[i]));
    } else {
      dims.push_back(symbols.fresh());
    }
  }
  return ir::Type::tensor(toDType(info.GetElementType()), std::move(dims));
}

template <class TypeInfo>
ir::Type toType(const TypeInfo& info, ir::SymbolSource& symbols) {
  switch (info.GetONNXType()) {
    case ONNX_TYPE_TENSOR: return tensorType(info.GetTensorTypeAndShapeInfo(), symbols);
    case ONNX_TYPE_SEQUENCE:
      return ir::Type::sequence(toType(info.GetSequenceTypeInfo().GetSequenceElementType(), symbols));
    case ONNX_TYPE_OPTIONAL:
      return ir::Type::optional(toType(info.GetOptionalTypeInfo().GetOptionalElementType(), symbols));
    default: return {};
  }
}

Ort::Value makeStrings(const ir::Tensor& tensor) {
  Ort::AllocatorWithDefaultOptions allocator;
  auto value = Ort::Value::CreateTensor(allocator, tensor.dims().data(), tensor.dims().size(),
                                        ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING);
  std::vector<const char*> texts;
  for (const auto& text : tensor.stringValues()) texts.push_back(text.c_str());
  if (!texts.empty()) value.FillStringTensor(texts.data(), texts.size());
  return value;
}

// `tensor` is contiguous and outlives the value.
Ort::Value makeValue(const ir::Tensor& tensor) {
  if (tensor.dtype() == ir::DType::String) return makeStrings(tensor);
  static const auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault);
  static std::byte empty[1];
  const bool hasData = tensor.numel() > 0;
  void* data = hasData ? const_cast<std::byte*>(tensor.data()) : empty;  // inputs are only read
  return Ort::Value::CreateTensor(memory, data, static_cast<size_t>(tensor.byteSize()), tensor.dims().data(),
                                  tensor.dims().size(), toElementType(tensor.dtype()));
}

Result<ir::Tensor> takeTensor(Ort::Value value) {
  const auto info = value.GetTensorTypeAndShapeInfo();
  const auto dtype = toDType(info.GetElementType());
  auto dims = info.GetShape();
  if (dtype == ir::DType::String) {
    std::vector<std::string> texts;
    for (size_t i = 0; i < info.GetElementCount(); ++i) texts.push_back(value.GetStringTensorElement(i));
    return ir::Tensor::strings(std::move(dims), std::move(texts));
  }
  const size_t bytes = info.GetElementCount() * ir::itemSize(dtype);
  if (ir::itemSize(dtype) == 0) {
    return makeError(ExitCode::Unsupported,
                     fmt::format("an output has ONNX element type {}", static_cast<int>(info.GetElementType())));
  }
  const auto* data = bytes ? static_cast<const std::byte*>(value.GetTensorRawData()) : nullptr;
  auto owner = std::make_shared<Ort::Value>(std::move(value));
  auto strides = ir::contiguousStrides(dims);
  return ir::Tensor::share(dtype, std::move(dims), std::move(strides), {data, bytes}, 0, std::move(owner));
}

Result<RunValue> takeValue(Ort::Value value) {
  RunValue result;
  if (!value || !value.HasValue()) {
    result.kind = RunValue::Kind::None;
    return result;
  }
  if (value.IsTensor()) {
    auto tensor = takeTensor(std::move(value));
    if (!tensor) return tensor.error();
    return RunValue::tensor(std::move(*tensor));
  }
  if (value.GetTypeInfo().GetONNXType() != ONNX_TYPE_SEQUENCE) {
    return makeError(ExitCode::Unsupported, "an output is neither a tensor nor a sequence of tensors");
  }
  result.kind = RunValue::Kind::Sequence;
  Ort::AllocatorWithDefaultOptions allocator;
  for (size_t i = 0; i < value.GetCount(); ++i) {
    auto tensor = takeTensor(value.GetValue(static_cast<int>(i), allocator));
    if (!tensor) return tensor.error();
    result.tensors.push_back(std::move(*tensor));
  }
  return result;
}

class OnnxSession final : public Session {
 public:
  explicit OnnxSession(Ort::Session session) : session_(std::move(session)) {
    Ort::AllocatorWithDefaultOptions allocator;
    ir::SymbolSource symbols;
    for (size_t i = 0; i < session_.GetInputCount(); ++i) {
      inputs_.push_back({session_.GetInputNameAllocated(i, allocator).get(),
                         toType(session_.GetInputTypeInfo(i), symbols)});
    }
    for (size_t i = 0; i < session_.GetOutputCount(); ++i) {
      outputs_.push_back({session_.GetOutputNameAllocated(i, allocator).get(),
                          toType(session_.GetOutputTypeInfo(i), symbols)});
    }
  }

  const std::vector<Port>& inputs() const override { return inputs_; }
  const std::vector<Port>& outputs() const override { return outputs_; }

  Result<std::vector<RunValue>> run(const std::vector<ir::Tensor>& inputs) override {
    if (inputs.size() != inputs_.size()) {
      return makeError(ExitCode::Usage,
                       fmt::format("the model has {} inputs, {} were given", inputs_.size(), inputs.size()));
    }
    try {
      return takeAll(runValues(inputs));
    } catch (const Ort::Exception& exception) {
      return fromOrt(exception, "ONNX Runtime could not run the model");
    } catch (const std::exception& exception) {
      return makeError(ExitCode::Internal, fmt::format("running the model: {}", exception.what()));
    }
  }

 private:
  std::vector<Ort::Value> runValues(const std::vector<ir::Tensor>& inputs) {
    std::vector<ir::Tensor> kept;  // contiguous forms, alive while the model runs
    for (const auto& input : inputs) {
      kept.push_back(input.dtype() == ir::DType::String ? input : input.contiguous());
    }
    std::vector<Ort::Value> values;
    for (const auto& tensor : kept) values.push_back(makeValue(tensor));
    return session_.Run(Ort::RunOptions{nullptr}, names(inputs_).data(), values.data(), values.size(),
                        names(outputs_).data(), outputs_.size());
  }

  static std::vector<const char*> names(const std::vector<Port>& ports) {
    std::vector<const char*> result;
    for (const auto& port : ports) result.push_back(port.name.c_str());
    return result;
  }

  static Result<std::vector<RunValue>> takeAll(std::vector<Ort::Value> values) {
    std::vector<RunValue> results;
    for (auto& value : values) {
      auto result = takeValue(std::move(value));
      if (!result) return result.error();
      results.push_back(std::move(*result));
    }
    return results;
  }

  Ort::Session session_;
  std::vector<Port> inputs_;
  std::vector<Port> outputs_;
};

GraphOptimizationLevel level(GraphOptimization optimization) {
  switch (optimization) {
    case GraphOptimization::None: return ORT_DISABLE_ALL;
    case GraphOptimization::Basic: return ORT_ENABLE_BASIC;
    case GraphOptimization::Extended: return ORT_ENABLE_EXTENDED;
    case GraphOptimization::All: return ORT_ENABLE_ALL;
  }
  return ORT_ENABLE_ALL;
}

Ort::SessionOptions toOrt(const SessionOptions& options) {
  Ort::SessionOptions result;
  result.SetIntraOpNumThreads(options.threads);
  result.SetInterOpNumThreads(1);
  result.SetGraphOptimizationLevel(level(options.optimization));
  return result;
}

/// `create(env, options)` makes the Ort::Session.
template <class Create>
Result<std::unique_ptr<Session>> open(const std::string& what, const SessionOptions& options, Create&& create) {
  auto library = loadOnnxRuntime();
  if (!library) return library.error();
  Ort::InitApi(library->api);
  try {
    return std::unique_ptr<Session>(std::make_unique<OnnxSession>(create(environment(), toOrt(options))));
  } catch (const Ort::Exception& exception) {
    auto error = fromOrt(exception, "ONNX Runtime could not load the model");
    error.file = what;
    return error;
  } catch (const std::exception& exception) {
    return makeError(ExitCode::Internal, fmt::format("loading {}: {}", what, exception.what()));
  }
}

}  // namespace

Result<std::unique_ptr<Session>> openTrustedOnnx(const std::string& path, const SessionOptions& options) {
  return open(path, options, [&](Ort::Env& env, const Ort::SessionOptions& ort) {
    return Ort::Session(env, path.c_str(), ort);
  });
}

Result<std::unique_ptr<Session>> openOnnx(std::span<const std::byte> model, const SessionOptions& options) {
  return open("model in memory", options, [&](Ort::Env& env, const Ort::SessionOptions& ort) {
    return Ort::Session(env, model.data(), model.size(), ort);
  });
}

#else

Result<std::unique_ptr<Session>> openTrustedOnnx(const std::string&, const SessionOptions&) {
  return loadOnnxRuntime().error();
}

Result<std::unique_ptr<Session>> openOnnx(std::span<const std::byte>, const SessionOptions&) {
  return loadOnnxRuntime().error();
}

#endif

}  // namespace deploytool::runtime
