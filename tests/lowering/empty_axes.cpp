// A dynamic axis of size 0: the batch of a server that has nothing to do, boxes that were not found.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const std::vector<std::map<std::string, int64_t>> kBatches = {{{"n", 0}, {"h", 4}, {"w", 5}}, {{"n", 3}, {"h", 5}, {"w", 4}}};

std::vector<Case> all() {
  std::vector<Case> cases;
  for (const char* code : {
           "torch.group_norm(x, 2, torch.ones(4), torch.zeros(4))", "torch.layer_norm(x, x.size()[2:])",
           "torch.native_group_norm(x, torch.ones(4), torch.zeros(4), x.size(0), 4, x.size(2) * x.size(3), 2, 1e-5)[0]",
           "torch.batch_norm(x, torch.ones(4), torch.zeros(4), torch.zeros(4), torch.ones(4), False, 0.1, 1e-5, True)",
           "torch.flatten(x, 1)", "torch.flatten(x, 0, 1)", "torch.flatten(x)", "x.flatten(2).transpose(1, 2)",
           "x.view(-1, 4, x.size(2) * x.size(3))", "x.reshape(x.size(0), x.size(2), x.size(3) * 4)",
           "x.unflatten(1, [2, 2])", "torch.pixel_shuffle(x, 2)", "torch.channel_shuffle(x, 2)",
           "torch.adaptive_avg_pool2d(x, [1, 1])", "torch.max_pool2d(x, [2, 2])", "torch.avg_pool2d(x, [2, 2])",
           "torch.conv2d(x, torch.ones(2, 4, 3, 3))", "x.softmax(1)", "x.log_softmax(-1)", "x.sum([0])", "x.mean([1, 2])",
           "x.amax([1])", "x.argmax(1)", "x.cumsum(2)", "x.unbind(1)[0]", "x.chunk(2, 1)[1]",
           "torch.cat([x, x], 0)", "torch.stack([x, x], 1)", "x.repeat(1, 1, 2, 2)", "x.repeat_interleave(2, 0)",
           "x.permute(0, 2, 3, 1) @ torch.ones(4, 3)", "torch.matmul(x, x.transpose(2, 3))",
           "torch.bmm(x.flatten(2), x.flatten(2).transpose(1, 2))",
           "torch.upsample_nearest2d(x, [8, 8], None)", "torch.constant_pad_nd(x, [1, 1])", "x.roll(1, 1)", "x.flip([1])",
           "x[:, 1:3]", "x[:, [0, 2]]", "x[x.sum([1, 2, 3]) > 0]", "torch.nonzero(x > 0)", "torch.where(x > 0, x, -x)",
           "torch.gather(x, 1, torch.zeros(x.size(0), 1, x.size(2), x.size(3), dtype=torch.int64))",
           "torch.tril(x)", "torch.norm(x, 2, [1])", "x.std([1])", "x.var([1, 2])", "torch.im2col(x, [2, 2], [1, 1], [0, 0], [1, 1])",
           "torch.einsum(\"nchw,cd->ndhw\", [x, torch.ones(4, 3)])",
           "torch.prelu(x, torch.ones(4))", "torch.instance_norm(x, None, None, None, None, True, 0.1, 1e-5, True)",
           "x.expand(2, -1, -1, -1, -1)", "x.unsqueeze(1).squeeze(1)", "x.movedim(1, 3)", "x.new_zeros(x.size())", "torch.cdist(x.flatten(2), x.flatten(2))",
           "x.all(1)", "x.any(1)", "(x > 0).any()", "x.prod(1)", "x.logsumexp([1])", "x.unfold(1, 2, 1)", "x.diagonal(0, 2, 3)", "torch.grid_sampler(x, x[:, :2].permute(0, 2, 3, 1), 0, 0, False)",
           "torch.rot90(x, 1, [2, 3])", "torch.glu(x, 1)", "x.masked_fill(x > 0, 0)", "x.index_select(1, torch.tensor([0, 1]))",
           "torch.conv_transpose2d(x, torch.ones(4, 2, 3, 3))", "torch.cosine_similarity(x, x, 1)",
           "torch.linear(x.permute(0, 2, 3, 1), torch.ones(3, 4))",
           "torch.scaled_dot_product_attention(x, x, x, None, 0.0, False)", "torch.embedding(torch.ones(3, 2), (x > 0).long())",
           "torch.bucketize(x, torch.tensor([0.0, 1.0]))"})
    cases.push_back({code, {"x:f32[n,4,h,w]"}, {.sizes = kBatches}});
  return cases;
}

const Cases kEmptyAxes("empty_axes", all());

}  // namespace

}  // namespace deploytool::testing
