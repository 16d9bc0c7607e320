// Forms of views and copies that differ in memory only: `_copy`, in place, hacked twins, lift, pin, conj.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kCopies("copies", {
    {"torch.diagonal_copy(x, 1, 0, 2)", {"x:f32[n=4,3,5]"}},
    {"torch.select_copy(x, -1, 2)", {"x:f32[n,3]"}},
    {"torch.slice_copy(x, 1, 1, None, 2)", {"x:f32[n,5]"}},
    {"torch.unfold_copy(x, 1, 3, 2)", {"x:f32[n,7]"}},
    {"torch.as_strided_copy(x, [2, 3], [1, 2], 1)", {"x:f32[4,3]"}},
    {"def f(x):\n  a = torch.split_copy(x, 2, 1)\n  return a[0], a[1], a[2]", {"x:f32[n,5]"}},
    {"def f(x):\n  a = torch.split_with_sizes_copy(x, [1, 4], 1)\n  return a[0], a[1]", {"x:f32[n,5]"}},
    {"def f(x):\n  a = torch.split(x, [1, 4], 1)\n  return a[0], a[1]", {"x:f32[n,5]"}},
    {"def f(x):\n  a = torch.unbind_copy(x, 1)\n  return a[0], a[1]", {"x:f32[n,2]"}},
    {"torch.view_copy(x, [3, -1])", {"x:f32[n,6]"}},
    // Views of views of constants.
    {"def f(x):\n  k = torch.ones([3, 3])\n  k[1, 1] = 5.0\n  k /= k.sum()\n  return x * k", {"x:f32[n,3,3]"}},
    {"def f(x):\n  k = torch.arange(12).view(3, 4)\n  return x + k[1:, 2:][1][1:], x + k[2][1:].as_strided([2], [1])", {"x:f32[n,1]"}},
    {"torch._reshape_alias(x, [3, 4], [4, 1])", {"x:f32[2,6]"}},
    {"torch.permute_copy(x, [2, 0, 1])", {"x:f32[n,3,4]"}},
    {"torch.transpose_copy(x, 0, -1)", {"x:f32[n,3,4]"}},
    {"torch.t_copy(x)", {"x:f32[n,3]"}},
    {"torch.squeeze_copy(x)", {"x:f32[2,1,3]"}},
    {"torch.squeeze_copy(x, -2)", {"x:f32[n,1,3]"}},
    {"torch.squeeze(x, [1, -1])", {"x:f32[n,1,3,1]"}, {.reference = "torch.squeeze(torch.squeeze(x, 1), -1)"}},
    {"torch.unsqueeze_copy(x, -1)", {"x:f32[n,3]"}},
    {"torch.expand_copy(x, [2, -1, 3])", {"x:f32[n,1]"}},
    {"torch.detach_copy(x) * 2", {"x:f32[n,3]"}},
    {"torch.alias_copy(x) * 2", {"x:f32[n,3]"}},
    {"torch.lift(x) * 2", {"x:f32[n,3]"}},
    {"torch.lift_fresh(x) * 2", {"x:f32[n,3]"}},
    {"torch.lift_fresh_copy(x) * 2", {"x:f32[n,3]"}},
    {"x.data * 2", {"x:f32[n,3]"}, {.renamed = {{"prim::data", "aten::data"}}}},
    {"torch.data(x) * 2", {"x:f32[n,3]"}},
    {"torch.requires_grad_(x, False) * 2", {"x:f32[n,3]"}},
    {"torch.conj(x) * 2", {"x:f32[n,3]"}, {.renamed = {{"aten::conj", "aten::_conj"}}}},
    {"torch._conj_physical(x) * 2", {"x:f32[n,3]"}},
    {"torch.pin_memory(x) * 2", {"x:f32[n,3]"}, {.reference = "x * 2"}},
    {"torch._pin_memory(x) * 2", {"x:f32[n,3]"}, {.reference = "x * 2"}},
    {"x.cpu() * 2", {"x:f32[n,3]"}},
    {"x.cuda() * 2", {"x:f32[n,3]"}, {.reference = "x * 2"}},
    {"torch.to_dense(x) * 2", {"x:f32[n,3]"}},
    {"torch.copy(x, y)", {"x:f32[n,3]", "y:i64[3]"}},
    {"def f(x, y):\n  z = x.clone()\n  z.copy_(y)\n  return z", {"x:f32[n,3]", "y:i64[3]"}},
    {"def f(x, y):\n  z = x.clone()\n  torch.copy_(z, y)\n  return z", {"x:f32[n,3]", "y:i64[3]"},
     {.renamed = {{"aten::copy_", "aten::copy_.Tensor"}}, .reference = "def f(x, y):\n  z = x.clone()\n  z.copy_(y)\n  return z"}},
    {"def f(x, y: int):\n  z = x.clone()\n  torch.copy_(z, y)\n  return z", {"x:f32[n,3]", "y:4"}},
    {"def f(x):\n  z = x.clone()\n  torch.copy_(z, float(x.sum()))\n  return z", {"x:f32[n,3]"}},
    {"def f(x):\n  z = x.clone()\n  torch.transpose_(z, 0, 1)\n  return z", {"x:f32[n,3]"}},
    {"def f(x):\n  z = x.clone()\n  z.transpose_(0, 1)\n  return z", {"x:f32[n,3]"}},
    {"torch.empty_strided([x.size(0), 2], [2, 1]).zero_()", {"x:f32[n]"}},
    {"x.new_empty_strided([x.size(0), 2], [2, 1]).zero_()", {"x:f64[n]"}},
    {"torch.to(x, 7)", {"x:f32[n]"}},
    {"torch.to(x, dtype=7, layout=0)", {"x:f32[n]"}},
    {"x.to(dtype=6, layout=0, device=torch.device(\"cpu\"))", {"x:i64[n]"}},
    {"torch.to(x, 6)", {"x:f32[n,3]"}, {.renamed = {{"aten::to.dtype", "aten::view.dtype"}}}},
    {"torch.to(x, 6)", {"x:i32[n,3]"}, {.refuses = "bits", .renamed = {{"aten::to.dtype", "aten::view.dtype"}}}},
    {"torch.to(x, 7)", {"x:f32[n]"}, {.renamed = {{"aten::to.dtype", "aten::to.prim_dtype"}}}},
    {"torch.to(x, 6) * 2", {"x:f32[n]"}, {.renamed = {{"aten::to.dtype", "aten::to.prim_other"}}, .reference = "x * 2"}},
    {"def f(x):\n  a = torch.split(x, [1, 4], 1)\n  return a[0], a[1]", {"x:f32[n,5]"}, {.renamed = {{"aten::split.sizes", "aten::split"}}}},
    {"torch.scalar_tensor(x.size(0), dtype=4)", {"x:f32[n]"}, {.renamed = {{"aten::scalar_tensor", "prim::NumToTensor.Scalar"}}}},
    {"torch.scalar_tensor(int(x.sum() > 0), dtype=4)", {"x:f32[n]"}, {.renamed = {{"aten::scalar_tensor", "prim::NumToTensor.Scalar"}}}},
    {"torch.as_tensor(bool(x.sum() > 0))", {"x:f32[n]"}, {.renamed = {{"aten::as_tensor.bool", "prim::NumToTensor.bool"}}}},
});

const Cases kIndexForms("index_forms", {
    {"torch._unsafe_index(x, [y])", {"x:f32[n=5,3]", "y:i64[m]"}, {.ranges = {{"y", {0, 1}}}, .libtorch = "2."}},
    {"torch._unsafe_index_put(x, [y], z, True)", {"x:f32[n=5,3]", "y:i64[m]", "z:f32[3]"}, {.ranges = {{"y", {0, 1}}}, .libtorch = "2."}},
    {"def f(x, y):\n  i: List[Optional[Tensor]] = [y]\n  return torch._unsafe_index(x, i)", {"x:f32[n=5,3]", "y:i64[m]"}, {.ranges = {{"y", {0, 1}}}, .reference = "x[y]"}},
    {"torch.index(x, [y])", {"x:f32[n=5,3]", "y:i64[m]"}, {.ranges = {{"y", {0, 1}}}}},
    {"torch.index(x, [y, y])", {"x:f32[n=5,3]", "y:i64[m]"},
     {.ranges = {{"y", {0, 1}}}, .renamed = {{"aten::index.Tensor", "aten::index.Tensor_hacked_twin"}}}},
    {"def f(x, y, z):\n  i: List[Optional[Tensor]] = [y]\n  return torch.index_put(x, i, z, True)", {"x:f32[n=5,3]", "y:i64[m]", "z:f32[3]"}, {.ranges = {{"y", {-1, 1}}}}},
    {"def f(x, y, z):\n  i: List[Optional[Tensor]] = [y]\n  return torch._unsafe_index_put(x, i, z, True)", {"x:f32[n=5,3]", "y:i64[m]", "z:f32[3]"},
     {.ranges = {{"y", {0, 1}}}, .reference = "torch.index_add(x, 0, y, z.expand(y.size(0), 3))"}},
    {"def f(x, y, z):\n  i: List[Optional[Tensor]] = [y]\n  return torch._index_put_impl(x, i, z, True)", {"x:f32[n=5,3]", "y:i64[m]", "z:f32[3]"}, {.ranges = {{"y", {0, 1}}}}},
    {"def f(x, y, z):\n  a = x.clone()\n  i: List[Optional[Tensor]] = [y]\n  torch._index_put_impl_(a, i, z)\n  return a",
     {"x:f32[n=5,3]", "y:i64[1]", "z:f32[3]"}, {.ranges = {{"y", {0, 1}}}}},
    {"def f(x, y, z):\n  a = x.clone()\n  torch._index_put_impl_(a, [y], z)\n  return a",
     {"x:f32[n=5,3]", "y:i64[1]", "z:f32[3]"},
     {.ranges = {{"y", {0, 1}}}, .renamed = {{"aten::_index_put_impl_", "aten::_index_put_impl_.hacked_twin"}}}},
});

}  // namespace

}  // namespace deploytool::testing
