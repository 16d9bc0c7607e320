// Operators that no ONNX graph can stand for, and why: what `deploytool ops` and `inspect` say of them.
#include "export/ops/families.h"
#include "export/ops/operands.h"

namespace deploytool::exporter::ops {

namespace {

void refuse(std::vector<Row>& rows, const char* reason, std::initializer_list<const char*> signatures) {
  for (const char* signature : signatures) rows.push_back(refusing(signature, reason));
}

}  // namespace

std::vector<Row> refused() {
  std::vector<Row> rows;
  refuse(rows, "ONNX has no sparse tensors that run",
         {"aten::to_sparse(self)", "aten::to_sparse.sparse_dim(self)", "aten::to_sparse_csr(self)",
          "aten::to_sparse_csc(self)", "aten::to_sparse_bsr(self)", "aten::to_sparse_bsc(self)",
          "aten::sparse_coo_tensor.indices(indices)", "aten::sparse_coo_tensor.indices_size(indices)",
          "aten::sparse_csr_tensor.crow_col_value(values)", "aten::sparse_csr_tensor.crow_col_value_size(values)",
          "aten::sparse_mask(self)", "aten::coalesce(self)", "aten::indices(self)", "aten::values(self)",
          "aten::_indices(self)", "aten::_values(self)", "aten::crow_indices(self)", "aten::col_indices(self)",
          "aten::_sparse_mm(sparse)", "aten::_sparse_sum(self)", "aten::sparse_sampled_addmm(self)", "aten::smm(self)",
          "aten::sspaddmm(self)", "aten::hspmm(mat1)"});
  refuse(rows, "named tensors cannot be told from their values",
         {"aten::align_to(self)", "aten::align_to.ellipsis_idx(self)", "aten::align_as(self)", "aten::align_tensors(tensors)", "aten::refine_names(self)",
          "aten::rename(self)"});
  refuse(rows, "windows that random samples place", {"aten::fractional_max_pool2d(self)", "aten::fractional_max_pool3d(self)"});
  refuse(rows, "ONNX sees no bits of floating-point numbers", {"aten::nextafter(self)"});
  refuse(rows, "counts over several axes with edges of their own", {"aten::histogramdd(self)",
         "aten::histogramdd.int_bins(self)", "aten::histogramdd.TensorList_bins(self)", "aten::_histogramdd_bin_edges(self)",
         "aten::_histogramdd_from_bin_cts(self)", "aten::_histogramdd_from_bin_tensors(self)"});
  refuse(rows, "segments of lengths that a run decides", {"aten::segment_reduce(data)"});
  refuse(rows, "weights packed by FBGEMM before PyTorch 1.3",
         {"aten::fbgemm_linear_int8_weight(input)", "aten::fbgemm_linear_int8_weight_fp32_activation(input)",
          "aten::fbgemm_linear_fp16_weight(input)", "aten::fbgemm_linear_fp16_weight_fp32_activation(input)",
          "aten::quantized_lstm_cell(input)", "aten::quantized_gru_cell(input)", "aten::quantized_rnn_relu_cell(input)",
          "aten::quantized_rnn_tanh_cell(input)"});
  return rows;
}

}  // namespace deploytool::exporter::ops
