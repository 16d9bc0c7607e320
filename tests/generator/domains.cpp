// The table of domains (domains.h).
#include "tests/generator/domains.h"

#include <sstream>

namespace deploytool::testing::generator {

namespace {

struct Line {
  const char *key, *text;
};

constexpr Line kLines[] = {
#include "tests/generator/domains/functions.inc"
#include "tests/generator/domains/layers.inc"
#include "tests/generator/domains/shapes.inc"
};

/// Operators that are not compared by value, or whose result is not determined by their arguments.
constexpr Line kLeftOut[] = {
    {"aten::set_", "storage"},
    {"aten::_tensor_to_list", "wants contents that are known when exporting"},
    {"aten::sym_size", "libtorch's interpreter has no symbolic sizes"},
    {"aten::sym_size.int", "libtorch's interpreter has no symbolic sizes"},
    {"aten::sym_numel", "libtorch's interpreter has no symbolic sizes"},
    {"aten::to.prim_dtype", "libtorch takes None for uint8"},
    {"aten::to.prim_other", "libtorch takes None for uint8"},
    {"aten::stride", "answers as for a contiguous tensor, as `ops` says"},
    {"aten::data", "the evaluator does not run it on its own"},
    {"aten::is_pinned", "wants a GPU"},
    {"aten::pin_memory", "wants a GPU"},
    {"aten::_pin_memory", "wants a GPU"},
    {"aten::is_coalesced", "wants a sparse tensor"},
    {"aten::to_padded_tensor", "wants a nested tensor"},
    {"aten::_nested_tensor_from_mask", "gives a nested tensor"},
    {"aten::_nested_tensor_size", "wants a nested tensor"},
    {"aten::nested_to_padded_tensor", "wants a nested tensor"},
    {"aten::_nested_from_padded_and_nested_example", "wants a nested tensor"},
    {"aten::_nested_tensor_from_mask_left_aligned", "wants a nested tensor"},
    {"aten::quantized_lstm", "wants packed parameters"},
    {"aten::quantized_gru", "wants packed parameters"},
    {"quantized::conv1d_dynamic", "oneDNN of libtorch 1.13 takes the zero point of an earlier call"},
    {"quantized::conv2d_dynamic", "oneDNN of libtorch 1.13 takes the zero point of an earlier call"},
    {"quantized::conv3d_dynamic", "oneDNN of libtorch 1.13 takes the zero point of an earlier call"},
    {"quantized::quantized_lstm_cell_dynamic", "engines take activations of 7 or 8 bits"},
    {"quantized::quantized_gru_cell_dynamic", "engines take activations of 7 or 8 bits"},
    {"quantized::quantized_rnn_tanh_cell_dynamic", "engines take activations of 7 or 8 bits"},
    {"quantized::quantized_rnn_relu_cell_dynamic", "engines take activations of 7 or 8 bits"},
    {"quantized::embedding_byte", "wants packed parameters"},
    {"quantized::embedding_4bit", "wants packed parameters"},
    {"quantized::embedding_bag_byte", "wants packed parameters"},
    {"quantized::embedding_bag_4bit", "wants packed parameters"},
    {"quantized::linear_dynamic_fp16", "wants FBGEMM"},
    {"quantized::linear_relu_dynamic_fp16", "wants FBGEMM"},
    {"quantized::conv_transpose1d", "libtorch 2.6 on oneDNN answers with other numbers"},
    {"quantized::conv_transpose2d", "libtorch 2.6 on oneDNN answers with other numbers"},
    {"quantized::conv_transpose3d", "libtorch 2.6 on oneDNN answers with other numbers"},
    {"quantized::conv_transpose1d_dynamic", "libtorch 2.6 on oneDNN answers with other numbers"},
    {"quantized::conv_transpose2d_dynamic", "libtorch 2.6 on oneDNN answers with other numbers"},
    {"quantized::conv_transpose3d_dynamic", "libtorch 2.6 on oneDNN answers with other numbers"},
    {"aten::gradient.tensorarray", "wants coordinates for each axis"},
    {"aten::gradient.tensorarrayint", "wants coordinates for each axis"},
    {"aten::gradient.scalarrayarray", "wants a list of numbers of any kind"},
    {"aten::gradient.scalarrayint", "wants a list of numbers of any kind"},
    {"aten::resize", "more elements than before are undefined"},
    {"aten::resize_as", "more elements than before are undefined"},
    {"aten::_unsafe_masked_index", "libtorch 1.13 has no kernel for it"},
    {"aten::_unsafe_masked_index_put_accumulate", "libtorch 1.13 has no kernel for it"},
    {"aten::native_norm", "has kernels for sparse tensors only"},
    {"aten::_add_relu.Scalar", "libtorch's kernel takes what the other argument is made of"},
    {"aten::_conv_depthwise2d", "wants a GPU"},
    {"aten::conv_depthwise3d", "wants a GPU"},
    {"aten::quantized_max_pool1d", "wants a quantized tensor"},
    {"aten::quantized_max_pool2d", "wants a quantized tensor"},
    {"aten::quantized_batch_norm", "wants a quantized tensor"},
    {"quantized::dropout", "wants a quantized tensor"},
    {"prim::itemsize", "libtorch 1.13 does not know it"},
    {"prim::nbytes", "libtorch 1.13 does not know it"},
    {"prim::grad", "on gradients"},
    {"aten::_nnpack_spatial_convolution", "wants NNPACK"},
    {"aten::instance_norm", "writes its statistics: runs in whole modules only"},
    {"aten::embedding_renorm", "its pure form has no kernel in libtorch 1.13"},
    {"aten::to.device", "text finds aten::to.prim_Device"},
    {"aten::pow.int_to_int", "libtorch's compiler calls aten::pow.int, which gives a float"},
};

/// Families whose operators need more than tensors and numbers, or draw random numbers.
constexpr Line kLeftOutFamilies[] = {
    {"dicts", "dicts"},  {"lists", "lists"}, {"list_order", "lists"}, {"list_values", "lists, texts and identity"},
    {"quantized_parts", "wants a quantized tensor"},
    {"random", "random"}, {"environment", "asks for the machine, not for a value"}, {"containers", "containers"},
};

/// Arguments that mean the same wherever they occur.
constexpr Line kEverywhere[] = {
    {"dim", "@axis"},        {"dim0", "@axis"},        {"dim1", "@axis"},      {"dim2", "@axis"},     {"axis", "@axis"},
    {"axis0", "@axis"},      {"axis1", "@axis"},       {"start_dim", "@axis"}, {"end_dim", "@axis"},  {"dims", "@axes"},
    {"source", "@axis"},     {"destination", "@axis"}, {"dimension", "@axis"}, {"offset", "-2..2"},   {"diagonal", "-2..2"},
    {"correction", "0..1"},  {"index", "-1..1"},       {"start", "-3..3"},     {"end", "-3..6"},      {"step", "1..3"},
    {"length", "1..3"},      {"k", "1..2"},            {"n", "1..4"},          {"num_classes", "8..9"}, {"chunks", "1..4"},
    {"split_size", "1..3"},  {"sections", "1..3"},     {"size", "@shape"},     {"repeats", "(1..2)xr"}, {"eps", "{1e-5|1e-3}"},
    {"negative_slope", "0.01..0.5"}, {"alpha", "{1|2|0.5|-1}"}, {"beta", "{1|0.5|2}"}, {"p", "{1.0|2.0|3.0|0.0}"},
    {"ord", "{1|2|0|2.5}"},  {"reduction", "0..2"},    {"decimals", "0..2"},   {"steps", "1..6"},     {"base", "{2.0|10.0}"},
    {"shifts", "(-3..3)x1"}, {"correction", "0..1"},   {"upscale_factor", "2..3"}, {"groups", "{1}"}, {"lambd", "{0.5|0.25}"},
    {"layout", "-"},
};

void add(const std::string& text, Domain& domain) {
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const size_t at = word.find(':');
    domain[word.substr(0, at)] = word.substr(at + 1);
  }
}

}  // namespace

Domain domainOf(const std::string& row) {
  Domain domain;
  for (const Line& line : kEverywhere) domain[line.key] = line.text;
  const std::string name = row.substr(0, row.find('.'));
  for (const std::string& key : {name, row})
    for (const Line& line : kLines)
      if (key == line.key) add(line.text, domain);
  return domain;
}

std::string leftOut(const std::string& row) {
  for (const Line& line : kLeftOut)
    if (row == line.key || row.substr(0, row.find('.')) == line.key) return line.text;
  return {};
}

std::string leftOutFamily(const std::string& family) {
  for (const Line& line : kLeftOutFamilies)
    if (family == line.key) return line.text;
  return {};
}

}  // namespace deploytool::testing::generator
