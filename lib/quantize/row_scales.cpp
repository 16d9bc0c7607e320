#include "quantize/row_scales.h"

#include <algorithm>

namespace deploytool::quantize {
namespace {

bool isProduct(const WeightUse& use) {
  return use.rule && use.input == 1 && (use.node->opType == "MatMul" || use.node->opType == "Gemm");
}

struct Shape {
  int64_t inner = 0, columns = 0;
};

Shape shapeOf(const WeightUse& use) {
  const std::vector<int64_t>& dims = use.node->input(1)->constant->dims();
  if (dims.size() < 2) return {};
  Shape shape{dims[dims.size() - 2], dims.back()};
  if (use.node->intAttribute("transB", 0) != 0) std::swap(shape.inner, shape.columns);
  return shape;
}

/// Time of rows, in that of one product of the shape.
double shareOf(int64_t inner, int64_t columns) {
  // In ONNX Runtime on one thread, a pass over an element takes as long as some 27 integer products with VNNI.
  constexpr double kProductsPerPass = 27;
  return kProductsPerPass * (3 / static_cast<double>(columns) + 2 / static_cast<double>(inner));
}

/// The products that read one activation: they share its rows.
struct Readers {
  int64_t inner = 0, columns = 0;
  double cost = 0;
  bool chosen = false;
};

class Chooser {
 public:
  explicit Chooser(Plan& plan) : plan_(plan) {
    for (const Weight& weight : plan.weights) {
      if (weight.report.method == "dynamic") products_ += static_cast<double>(weight.value->constant->numel());
      for (const WeightUse& use : weight.uses) {
        if (!isProduct(use)) continue;
        const Shape shape = shapeOf(use);
        Readers& readers = readersOf(use);
        readers.inner = shape.inner;
        readers.columns += shape.columns;
      }
    }
  }

  void run(bool always) {
    for (Readers& readers : all_) {
      readers.chosen = always;
      if (rowsAreCheap(readers.inner, readers.columns))
        readers.cost = static_cast<double>(readers.inner * readers.columns) * shareOf(readers.inner, readers.columns);
    }
    if (!always) chooseCheapest();
    for (Weight& weight : plan_.weights) {
      const auto hasRows = [&](const WeightUse& use) { return isProduct(use) && readersOf(use).chosen; };
      const bool chosen = weight.report.method == "dynamic" && std::all_of(weight.uses.begin(), weight.uses.end(), hasRows);
      if (chosen) weight.report.method = "per-token";
    }
  }

 private:
  Readers& readersOf(const WeightUse& use) {
    const ir::Value* activation = use.node->input(0);
    const auto [at, isNew] = places_.emplace(activation, all_.size());
    if (isNew) all_.emplace_back();
    return all_[at->second];
  }

  // Rows gain about the same in every layer, so the cheapest come first.
  void chooseCheapest() {
    std::vector<Readers*> cheap;
    for (Readers& readers : all_) {
      if (readers.cost > 0) cheap.push_back(&readers);
    }
    std::stable_sort(cheap.begin(), cheap.end(), [](const Readers* a, const Readers* b) { return a->cost < b->cost; });
    constexpr double kOfAllProducts = 0.025;
    double spent = 0;
    for (Readers* readers : cheap) {
      spent += readers->cost;
      if (spent > kOfAllProducts * products_) return;
      readers->chosen = true;
    }
  }

  Plan& plan_;
  std::vector<Readers> all_;
  std::unordered_map<const ir::Value*, size_t> places_;
  double products_ = 0;
};

}  // namespace

bool rowsAreCheap(int64_t inner, int64_t columns) { return inner > 0 && columns > 0 && shareOf(inner, columns) <= 0.1; }

void chooseRowScales(Plan& plan, bool always) { Chooser(plan).run(always); }

}  // namespace deploytool::quantize
