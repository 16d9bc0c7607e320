// The server process with ONNX Runtime (onnx_server.h). Two processes: a keeper, forked before libtorch is there, and the
// one that runs models; when that one dies, the keeper reports it and forks the next.
#include "tests/lowering/onnx_server.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "runtime/session.h"

namespace deploytool::testing {

namespace {

// ---- messages: integers of 8 bytes, strings and tensors with their lengths

bool sendAll(int socket, const void* data, size_t size) {
  const char* at = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t n = ::send(socket, at, size, MSG_NOSIGNAL);
    if (n <= 0) return false;
    at += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

bool receiveAll(int socket, void* data, size_t size) {
  char* at = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t n = ::recv(socket, at, size, 0);
    if (n <= 0) return false;
    at += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

class Writer {
 public:
  void integer(int64_t value) { text_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void string(const std::string& value) {
    integer(static_cast<int64_t>(value.size()));
    text_ += value;
  }
  void tensor(const ir::Tensor& tensor) {
    integer(static_cast<int64_t>(tensor.dtype()));
    integer(tensor.rank());
    for (int64_t d : tensor.dims()) integer(d);
    std::string bytes(static_cast<size_t>(tensor.byteSize()), '\0');
    tensor.gather(reinterpret_cast<std::byte*>(bytes.data()));
    string(bytes);
  }
  void tensors(const std::vector<TensorList>& lists) {
    integer(static_cast<int64_t>(lists.size()));
    for (const TensorList& list : lists) {
      integer(static_cast<int64_t>(list.size()));
      for (const ir::Tensor& t : list) tensor(t);
    }
  }
  bool send(int socket) const {
    const auto size = static_cast<int64_t>(text_.size());
    return sendAll(socket, &size, sizeof size) && sendAll(socket, text_.data(), text_.size());
  }

 private:
  std::string text_;
};

class Reader {
 public:
  bool receive(int socket) {
    int64_t size = 0;
    if (!receiveAll(socket, &size, sizeof size)) return false;
    text_.resize(static_cast<size_t>(size));
    at_ = 0;
    return receiveAll(socket, text_.data(), text_.size());
  }
  int64_t integer() {
    int64_t value = 0;
    std::memcpy(&value, text_.data() + at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  std::string string() {
    const auto size = static_cast<size_t>(integer());
    std::string value = text_.substr(at_, size);
    at_ += size;
    return value;
  }
  ir::Tensor tensor() {
    const auto dtype = static_cast<ir::DType>(integer());
    std::vector<int64_t> dims(static_cast<size_t>(integer()));
    for (int64_t& d : dims) d = integer();
    const std::string bytes = string();
    return ir::Tensor::copy(dtype, dims, std::as_bytes(std::span(bytes)));
  }
  std::vector<TensorList> tensors() {
    std::vector<TensorList> lists(static_cast<size_t>(integer()));
    for (TensorList& list : lists) {
      list.resize(static_cast<size_t>(integer()));
      for (ir::Tensor& t : list) t = tensor();
    }
    return lists;
  }

 private:
  std::string text_;
  size_t at_ = 0;
};

// ---- the process that runs models

Result<std::vector<TensorList>> runModel(const std::string& model, const std::vector<TensorList>& inputs) {
  runtime::SessionOptions options;
  options.threads = 1;
  auto session = runtime::openOnnx(std::as_bytes(std::span(model)), options);
  if (!session) return session.error();
  std::vector<TensorList> results;
  for (const TensorList& list : inputs) {
    auto outputs = (*session)->run(list);
    if (!outputs) return outputs.error();
    TensorList tensors;
    for (const runtime::RunValue& value : *outputs)
      for (const ir::Tensor& t : value.tensors) tensors.push_back(t);
    results.push_back(std::move(tensors));
  }
  return results;
}

void answerOne(int socket, Reader& request) {
  const std::string model = request.string();
  const auto results = runModel(model, request.tensors());
  Writer reply;
  reply.string(results ? "" : results.error().message);
  reply.tensors(results ? *results : std::vector<TensorList>());
  reply.send(socket);
}

/// ONNX Runtime loops for ever on some models; the process ends by SIGALRM then.
constexpr unsigned kMostSeconds = 20;

[[noreturn]] void serve(int socket) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  Reader request;
  while (request.receive(socket)) {
    ::alarm(kMostSeconds);
    answerOne(socket, request);
    ::alarm(0);
  }
  ::_exit(0);
}

[[noreturn]] void keep(int socket) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  while (true) {
    const pid_t child = ::fork();
    if (child == 0) serve(socket);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) ::_exit(0);
    Writer reply;
    reply.string("ONNX Runtime died by signal " + std::to_string(WIFSIGNALED(status) ? WTERMSIG(status) : 0));
    reply.tensors({});
    if (!reply.send(socket)) ::_exit(0);
  }
}

}  // namespace

OnnxServer::OnnxServer() {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) return;
  process_ = ::fork();
  if (process_ == 0) {
    ::close(pair[0]);
    keep(pair[1]);
  }
  ::close(pair[1]);
  socket_ = pair[0];
}

OnnxServer::~OnnxServer() {
  ::close(socket_);
  ::waitpid(process_, nullptr, 0);
}

Result<std::vector<TensorList>> OnnxServer::run(const std::string& model, const std::vector<TensorList>& inputs) {
  Writer request;
  request.string(model);
  request.tensors(inputs);
  Reader reply;
  if (!request.send(socket_) || !reply.receive(socket_)) return makeError(ExitCode::Internal, "the server is gone");
  const std::string error = reply.string();
  if (!error.empty()) return makeError(ExitCode::BadInput, error);
  return reply.tensors();
}

}  // namespace deploytool::testing
