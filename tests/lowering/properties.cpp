// Sizes, element types and other questions to a tensor.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kProperties("properties", {
    {"x.size()", {"x:f32[b=2,3]"}},
    {"x.size(-1)", {"x:f32[2,b=3]"}},
    {"x.numel()", {"x:f32[b=2,3]"}},
    {"x.dim()", {"x:f32[b=2,3]"}},
    {"len(x)", {"x:f32[b=2,3]"}},
    {"torch._shape_as_tensor(x)", {"x:f32[b=2,3]"}},
    {"x.stride()", {"x:f32[b=2,3,4]"}},
    {"x.stride(0)", {"x:f32[b=2,n=3,4]"}},
    {"x.storage_offset()", {"x:f32[b=2,3]"}},
    {"torch.is_same_size(x, y)", {"x:f32[b=2,3]", "y:f32[n=2,3]"}},
    {"x.is_contiguous()", {"x:f32[b=2,3]"}},
    {"torch.is_nonzero(x)", {"x:f32[]"}},
    {"x.is_floating_point()", {"x:f32[b=2]"}},
    {"torch.is_complex(x)", {"x:f32[b=2]"}},
    {"torch.is_signed(x)", {"x:u8[b=2]"}},
    {"torch.result_type(x, y)", {"x:i64[b=2]", "y:f32[]"}},
    {"torch.result_type(x, 1.5)", {"x:i64[b=2]"}},
    {"x.dtype", {"x:f16[b=2]"}},
    {"x.is_cuda", {"x:f32[b=2]"}},
    {"x.requires_grad", {"x:f32[b=2]"}},
});

/// What is the same for every tensor that can reach an export.
std::vector<Case> questions() {
  std::vector<Case> cases;
  for (const char* name : {"is_cpu", "is_ipu", "is_meta", "is_mkldnn", "is_mps", "is_quantized", "is_sparse", "is_vulkan", "is_xpu",
                           "is_nested", "is_sparse_csr"})
    cases.push_back({std::string("def f(x):\n  return x.") + name, {"x:f32[b=2]"}});
  for (const char* name : {"is_non_overlapping_and_dense", "is_pinned", "is_leaf", "is_distributed", "is_inference",
                           "is_conj", "is_neg", "_is_zerotensor"})
    cases.push_back({std::string("torch.") + name + "(x)", {"x:f32[b=2]"}});
  return cases;
}

const Cases kQuestions("properties", questions());

const Cases kMore("properties", {
    {"torch.is_coalesced(x)", {"x:f32[b=2]"}, {.reference = "False"}},
    {"def f(x):\n  return x.is_ort", {"x:f32[b=2]"}, {.libtorch = "1."}},
    {"def f(x):\n  return x.is_xla", {"x:f32[b=2]"}, {.libtorch = "2."}},
    {"def f(x):\n  return x.is_maia", {"x:f32[b=2]"}, {.libtorch = "2."}},
    {"def f(x):\n  return x.is_mtia", {"x:f32[b=2]"}, {.libtorch = "2."}},
    {"def f(x):\n  return x.is_cpu", {"x:f32[b=2]"}, {.renamed = {{"prim::is_cpu", "prim::is_xla"}}, .reference = "False", .libtorch = "1."}},
    {"def f(x):\n  return x.is_cpu", {"x:f32[b=2]"}, {.renamed = {{"prim::is_cpu", "prim::is_maia"}}, .reference = "False", .libtorch = "1."}},
    {"def f(x):\n  return x.is_cpu", {"x:f32[b=2]"}, {.renamed = {{"prim::is_cpu", "prim::is_mtia"}}, .reference = "False", .libtorch = "1."}},
    {"x.is_contiguous(memory_format=0)", {"x:f32[b=2,3]"}},
    {"torch.sym_size(x)", {"x:f32[b=2,3]"}, {.reference = "x.size()"}},
    {"torch.sym_size(x, 1)", {"x:f32[b=2,n=3]"}, {.reference = "x.size(1)"}},
    {"torch.sym_numel(x)", {"x:f32[b=2,n=3]"}, {.reference = "x.numel()"}},
    {"torch._tensor_to_list(torch.to(torch._shape_as_tensor(x), 3))", {"x:f32[b=2,n=3]"}},
    {"torch.result_type(x.sum().item(), y)", {"x:f32[b=2]", "y:i64[2]"}},
    {"torch.result_type(x.sum().item(), y[0].item())", {"x:f32[b=2]", "y:i64[2]"}},
    {"x.device == torch.device(\"cpu\")", {"x:f32[b=2]"}},
    {"torch.zeros([2], layout=x.layout)", {"x:f32[b=2]"}},
    {"def f(x):\n  y = x.name\n  return x + (1 if y is None else 2)", {"x:f32[b=2]"}},
    {"def f(x):\n  y: Optional[Tensor] = x.grad\n  return x + (1 if y is None else 2)", {"x:f32[b=2]"}, {.refuses = "gradient"}},
});

}  // namespace

}  // namespace deploytool::testing
