// LSTM, GRU and RNN: layers on padded and on packed sequences, and single cells.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

struct Kind {
  const char* name;
  int64_t gates;
};
constexpr Kind kKinds[] = {{"lstm", 4}, {"gru", 3}, {"rnn_tanh", 1}, {"rnn_relu", 1}};

struct Shape {
  int layers = 1;
  bool bidirectional = false, biases = true, batchFirst = false;
};

std::string flag(bool value) { return value ? "True" : "False"; }

constexpr int kInput = 3, kHidden = 4;

/// Declarations of the parameters of all layers, and the list of their names.
std::string parameters(const Kind& kind, const Shape& shape, std::vector<std::string>& inputs) {
  std::string names;
  const int directions = shape.bidirectional ? 2 : 1;
  const auto add = [&](const std::string& dims) {
    const std::string name = "p" + std::to_string(inputs.size());
    inputs.push_back(name + ":f32[" + dims + "]");
    names += (names.empty() ? "" : ", ") + name;
  };
  const std::string rows = std::to_string(kind.gates * kHidden);
  for (int l = 0; l < shape.layers; ++l)
    for (int d = 0; d < directions; ++d) {
      add(rows + "," + std::to_string(l == 0 ? kInput : kHidden * directions));
      add(rows + "," + std::to_string(kHidden));
      if (!shape.biases) continue;
      add(rows);
      add(rows);
    }
  return names;
}

std::string header(const std::vector<std::string>& inputs) {
  std::string names;
  for (const std::string& input : inputs) names += (names.empty() ? "" : ", ") + input.substr(0, input.find(':'));
  return "def f(" + names + "):\n";
}

Case padded(const Kind& kind, const Shape& shape) {
  const std::string states = std::to_string(shape.layers * (shape.bidirectional ? 2 : 1));
  std::vector<std::string> inputs;
  inputs.push_back(shape.batchFirst ? "x:f32[n,t=5,3]" : "x:f32[t=5,n,3]");
  inputs.push_back("h:f32[" + states + ",n,4]");
  const bool isLstm = kind.gates == 4;
  if (isLstm) inputs.push_back("c:f32[" + states + ",n,4]");
  const std::string names = parameters(kind, shape, inputs);
  const std::string call = std::string("torch.") + kind.name + "(x, " + (isLstm ? "[h, c]" : "h") + ", [" + names + "], " +
                           flag(shape.biases) + ", " + std::to_string(shape.layers) + ", 0.0, False, " +
                           flag(shape.bidirectional) + ", " + flag(shape.batchFirst) + ")";
  const std::string results = isLstm ? "y, a, b" : "y, a";
  return {header(inputs) + "  " + results + " = " + call + "\n  return " + results, inputs};
}

/// Packs with given lengths, runs the layer, pads again.
Case packed(const Kind& kind, const Shape& shape) {
  const std::string states = std::to_string(shape.layers * (shape.bidirectional ? 2 : 1));
  std::vector<std::string> inputs{"x:f32[3,t=5,3]", "h:f32[" + states + ",3,4]"};
  const bool isLstm = kind.gates == 4;
  if (isLstm) inputs.push_back("c:f32[" + states + ",3,4]");
  const std::string names = parameters(kind, shape, inputs);
  inputs.push_back("l:i64[3]");
  const std::string results = isLstm ? "y, a, b" : "y, a";
  const std::string code = header(inputs) +
      "  n = torch.sort(l, 0, True)[0]\n  n[0] = x.size(1)\n  d, s = torch._pack_padded_sequence(x, n, True)\n  " + results +
      " = torch." + kind.name + "(d, s, " + (isLstm ? "[h, c]" : "h") + ", [" + names + "], " + flag(shape.biases) + ", " +
      std::to_string(shape.layers) + ", 0.0, False, " + flag(shape.bidirectional) + ")\n" +
      "  z, m = torch._pad_packed_sequence(y, s, True, 0.5, 0)\n  return z, m, " + results.substr(3);
  return {code, inputs, {.ranges = {{"l", {1, 3}}}, .smallest = 3}};
}

std::vector<Case> layers() {
  std::vector<Case> cases;
  for (const Kind& kind : kKinds) {
    cases.push_back(padded(kind, {}));
    cases.push_back(padded(kind, {.layers = 2, .bidirectional = true}));
    cases.push_back(padded(kind, {.biases = false, .batchFirst = true}));
    cases.push_back(padded(kind, {.layers = 2, .batchFirst = true}));
    cases.push_back(packed(kind, {}));
    cases.push_back(packed(kind, {.layers = 2, .bidirectional = true}));
    cases.push_back(packed(kind, {.biases = false}));
  }
  return cases;
}

const Cases kLayers("recurrent", layers());

std::vector<std::string> cell(const std::string& rows) {
  return {"x:T[n,3]", "h:T[n,4]", "c:T[n,4]", "w:T[" + rows + ",3]", "u:T[" + rows + ",4]", "b:T[" + rows + "]"};
}

const Cases kCells("recurrent", {
    {"def f(x, h, c, w, u, b):\n  y, d = torch.lstm_cell(x, [h, c], w, u, b, b)\n  return y, d", cell("16"), {.dtypes = "f32 f64"}},
    {"def f(x, h, c, w, u, b):\n  y, d = torch.lstm_cell(x, [h, c], w, u)\n  return y, d", cell("16")},
    {"torch.gru_cell(x, h, w, u, b, b)", cell("12"), {.dtypes = "f32 f64"}},
    {"torch.rnn_tanh_cell(x, h, w, u, b, b)", cell("4")},
    {"torch.rnn_relu_cell(x, h, w, u, b)", cell("4")},
    {"def f(x, l):\n  n = torch.sort(l, 0, True)[0]\n  d, s = torch._pack_padded_sequence(x, n, False)\n  return d, s",
     {"x:f32[7,n,2]", "l:i64[n]"}, {.ranges = {{"l", {1, 8}}}}},
    {"def f(x, l):\n  n = torch.sort(l, 0, True)[0]\n  d, s = torch._pack_padded_sequence(x, n, True)\n"
     "  z, m = torch._pad_packed_sequence(d, s, False, -1.0, 9)\n  return z, m",
     {"x:f32[n,7,2]", "l:i64[n]"}, {.ranges = {{"l", {1, 8}}}}},
});

}  // namespace

}  // namespace deploytool::testing
