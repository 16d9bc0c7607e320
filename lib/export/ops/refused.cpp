// Operators that no ONNX graph can stand for, and why: what `deploytool ops` and `inspect` say of them.
#include "export/ops/families.h"
#include "export/ops/operands.h"

namespace deploytool::exporter::ops {

std::vector<Row> refused() {
  std::vector<Row> rows;
  addRefusing(rows,
              {"aten::sparse_mask(self)", "aten::indices(self)", "aten::values(self)", "aten::_indices(self)",
               "aten::_values(self)", "aten::crow_indices(self)", "aten::col_indices(self)", "aten::_nnz(self)",
               "aten::sparse_sampled_addmm(self)", "aten::_sparse_softmax.int(self)", "aten::_sparse_softmax(self)"},
              "sparse tensors are kept dense: which elements they hold is not known");
  addRefusing(rows,
         {"aten::align_to(self)", "aten::align_to.ellipsis_idx(self)", "aten::align_as(self)",
          "aten::align_tensors(tensors)", "aten::refine_names(self)", "aten::rename(self)"},
          "named tensors cannot be told from their values");
  addRefusing(rows,
         {"aten::fractional_max_pool2d(self)", "aten::fractional_max_pool3d(self)"},
          "windows that random samples place");
  addRefusing(rows, {"aten::nextafter(self)"}, "ONNX sees no bits of floating-point numbers");
  addRefusing(rows,
         {"aten::histogramdd(self)", "aten::histogramdd.int_bins(self)", "aten::histogramdd.TensorList_bins(self)",
          "aten::_histogramdd_bin_edges(self)", "aten::_histogramdd_from_bin_cts(self)",
          "aten::_histogramdd_from_bin_tensors(self)"}, "counts over several axes with edges of their own");
  addRefusing(rows, {"aten::segment_reduce(data)"}, "segments of lengths that a run decides");
  addRefusing(rows,
         {"aten::fbgemm_linear_int8_weight(input)", "aten::fbgemm_linear_int8_weight_fp32_activation(input)",
          "aten::fbgemm_linear_fp16_weight(input)", "aten::fbgemm_linear_fp16_weight_fp32_activation(input)",
          "aten::quantized_lstm_cell(input)", "aten::quantized_gru_cell(input)", "aten::quantized_rnn_relu_cell(input)",
          "aten::quantized_rnn_tanh_cell(input)"}, "weights packed by FBGEMM before PyTorch 1.3");
  addRefusing(rows,
         {"aten::fft_hfft(self)", "aten::fft_hfft2(self)", "aten::fft_hfftn(self)", "aten::fft_ihfft(self)",
          "aten::fft_ihfft2(self)", "aten::fft_ihfftn(self)"}, "Hermitian transforms; irfft and rfft of the conjugate are lowered");
  addRefusing(rows, {"aten::is_set_to(self)"}, "ONNX values have no memory of their own");
  addRefusing(rows, {"aten::choose_qparams_optimized(input)"}, "a search over ranges");
  return rows;
}

}  // namespace deploytool::exporter::ops
