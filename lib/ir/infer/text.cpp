// Strings.
#include <algorithm>

#include "ir/infer/families.h"
#include "ir/infer/support.h"

namespace deploytool::ir::inference {
namespace {

/// [C] or [1, C], of which stop words are dropped.
void stringNormalizer(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  if (!dims || dims->empty()) return ctx.set(0, DType::String);
  Dims result = *dims;
  const Attribute* stopWords = ctx.node.attribute("stopwords");
  const auto* words = stopWords ? std::get_if<std::vector<std::string>>(&stopWords->value) : nullptr;
  if (words && !words->empty()) result.back() = ctx.fresh();
  ctx.set(0, DType::String, std::move(result));
}

/// [C] → [size], [N, C] → [N, size]; the size is the highest of ngram_indexes + 1.
void tfIdfVectorizer(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  const auto indexes = ctx.node.intsAttribute("ngram_indexes");
  if (!dims || dims->empty() || !indexes || indexes->empty()) return ctx.set(0, DType::Float32);
  Dims result = *dims;
  result.back() = Dim(*std::max_element(indexes->begin(), indexes->end())) + 1;
  ctx.set(0, DType::Float32, std::move(result));
}

void stringConcat(InferContext& ctx) { ctx.set(0, DType::String, broadcastInputs(ctx)); }

/// The pieces along a new axis, and their numbers.
void stringSplit(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  std::optional<Dims> pieces = copyOf(dims);
  if (pieces) pieces->push_back(ctx.fresh());
  ctx.set(0, DType::String, std::move(pieces));
  ctx.set(1, DType::Int64, copyOf(dims));
}

const InferRow kRows[] = {
    {"StringNormalizer", stringNormalizer}, {"TfIdfVectorizer", tfIdfVectorizer}, {"StringConcat", stringConcat},
    {"StringSplit", stringSplit},           {"RegexFullMatch", boolLikeInput},
};

}  // namespace

std::span<const InferRow> textRows() { return kRows; }

}  // namespace deploytool::ir::inference
