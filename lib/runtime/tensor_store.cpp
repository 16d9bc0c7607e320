// A memfd that can grow but never shrink, so that a mapping of it stays valid whatever the other process does.
#include "runtime/tensor_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

namespace deploytool::runtime {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint64_t kAlignment = 64;

Diagnostic broken(const char* what) {
  return makeError(ExitCode::Internal, fmt::format("handing over tensors: {}: {}", what, std::strerror(errno)));
}
Diagnostic malformed() { return makeError(ExitCode::Internal, "handing over tensors: a description is malformed"); }

bool writeAll(int descriptor, std::span<const std::byte> bytes, uint64_t offset) {
  while (!bytes.empty()) {
    const auto written = pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(written));
    offset += static_cast<uint64_t>(written);
  }
  return true;
}

std::optional<std::vector<int64_t>> dimsOf(const Json& reference) {
  const auto found = reference.find("dims");
  if (found == reference.end() || !found->is_array()) return {};
  std::vector<int64_t> dims;
  for (const auto& dim : *found) {
    if (!dim.is_number_integer() || dim.get<int64_t>() < 0) return {};
    dims.push_back(dim.get<int64_t>());
  }
  return dims;
}

std::optional<uint64_t> product(const std::vector<int64_t>& dims, uint64_t factor) {
  for (int64_t dim : dims) {
    if (__builtin_mul_overflow(factor, static_cast<uint64_t>(dim), &factor)) return {};
  }
  return factor;
}

Result<ir::Tensor> readStrings(const Json& reference, std::vector<int64_t> dims) {
  std::vector<std::string> values;
  for (const auto& value : reference.at("strings")) {
    if (!value.is_string()) return malformed();
    values.push_back(value.get<std::string>());
  }
  if (product(dims, 1) != values.size()) return malformed();
  return ir::Tensor::strings(std::move(dims), std::move(values));
}

}  // namespace

struct TensorStore::Mapping {
  std::byte* data = nullptr;
  uint64_t size = 0;

  ~Mapping() {
    if (data) munmap(data, size);
  }
};

TensorStore::TensorStore(int descriptor)
    : descriptor_(new int(descriptor), [](const int* number) {
        close(*number);
        delete number;
      }) {}

Result<TensorStore> TensorStore::create() {
  const int descriptor = memfd_create("tensors", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0) return broken("memfd_create");
  TensorStore store(descriptor);
  if (fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK) != 0) return broken("F_SEAL_SHRINK");
  return store;
}

Result<Json> TensorStore::append(const ir::Tensor& tensor) {
  if (tensor.dtype() == ir::DType::String) return Json{{"strings", tensor.stringValues()}, {"dims", tensor.dims()}};
  const uint64_t offset = (size_ + kAlignment - 1) / kAlignment * kAlignment;
  uint64_t at = offset;
  bool good = true;
  tensor.stream([&](std::span<const std::byte> piece) {
    good = good && writeAll(*descriptor_, piece, at);
    at += piece.size();
  });
  if (!good) return broken("write");
  size_ = at;
  return Json{{"dtype", static_cast<uint64_t>(tensor.dtype())}, {"dims", tensor.dims()}, {"offset", offset}};
}

Status TensorStore::map() {
  struct stat status {};
  if (fstat(*descriptor_, &status) != 0) return broken("fstat");
  auto mapping = std::make_shared<Mapping>();
  mapping->size = static_cast<uint64_t>(status.st_size);
  if (mapping->size > 0) {
    void* data = mmap(nullptr, mapping->size, PROT_READ, MAP_SHARED, *descriptor_, 0);
    if (data == MAP_FAILED) return broken("mmap");
    mapping->data = static_cast<std::byte*>(data);
  }
  mapping_ = std::move(mapping);
  return {};
}

Result<ir::Tensor> TensorStore::read(const Json& reference) {
  auto dims = dimsOf(reference);
  if (!dims) return malformed();
  if (reference.contains("strings")) return readStrings(reference, std::move(*dims));
  const auto field = [&](const char* name) -> uint64_t {
    const auto found = reference.find(name);
    return found != reference.end() && found->is_number_unsigned() ? found->get<uint64_t>() : UINT64_MAX;
  };
  const uint64_t number = field("dtype");
  const uint64_t offset = field("offset");
  if (number == 0 || number > static_cast<uint64_t>(ir::DType::BFloat16)) return malformed();
  const auto dtype = static_cast<ir::DType>(number);
  const auto bytes = product(*dims, ir::itemSize(dtype));
  uint64_t end = 0;
  if (!bytes || ir::itemSize(dtype) == 0 || __builtin_add_overflow(offset, *bytes, &end)) return malformed();
  if (!mapping_ || end > mapping_->size) {
    if (auto status = map(); !status) return status.error();
  }
  if (*bytes > 0 && end > mapping_->size) return malformed();
  const auto* data = *bytes > 0 ? mapping_->data + offset : nullptr;
  auto strides = ir::contiguousStrides(*dims);
  return ir::Tensor::share(dtype, std::move(*dims), std::move(strides), {data, *bytes}, 0, mapping_);
}

Result<Json> TensorStore::appendAll(const std::vector<ir::Tensor>& tensors) {
  Json references = Json::array();
  for (const auto& tensor : tensors) {
    auto reference = append(tensor);
    if (!reference) return reference.error();
    references.push_back(std::move(*reference));
  }
  return references;
}

Result<std::vector<ir::Tensor>> TensorStore::readAll(const Json& references) {
  if (!references.is_array()) return malformed();
  std::vector<ir::Tensor> tensors;
  for (const auto& reference : references) {
    if (!reference.is_object()) return malformed();
    auto tensor = read(reference);
    if (!tensor) return tensor.error();
    tensors.push_back(std::move(*tensor));
  }
  return tensors;
}

}  // namespace deploytool::runtime
