// F.interpolate as one operator (archives of PyTorch before 1.5, and scripts that libtorch compiled): the operator that its
// mode and rank stand for.
#include "export/ops/families.h"

namespace deploytool::exporter::ops {

namespace {

struct Mode {
  const char* name;
  int64_t rank;
  const char* plain;
  const char* antialiased;
};

constexpr Mode kModes[] = {
    {"nearest", 3, "aten::upsample_nearest1d", nullptr},
    {"nearest", 4, "aten::upsample_nearest2d", nullptr},
    {"nearest", 5, "aten::upsample_nearest3d", nullptr},
    {"nearest-exact", 3, "aten::_upsample_nearest_exact1d", nullptr},
    {"nearest-exact", 4, "aten::_upsample_nearest_exact2d", nullptr},
    {"nearest-exact", 5, "aten::_upsample_nearest_exact3d", nullptr},
    {"linear", 3, "aten::upsample_linear1d", nullptr},
    {"bilinear", 4, "aten::upsample_bilinear2d", "aten::_upsample_bilinear2d_aa"},
    {"bicubic", 4, "aten::upsample_bicubic2d", "aten::_upsample_bicubic2d_aa"},
    {"trilinear", 5, "aten::upsample_trilinear3d", nullptr},
};

constexpr const char* kArea[] = {"aten::adaptive_avg_pool1d", "aten::adaptive_avg_pool2d", "aten::adaptive_avg_pool3d"};

using Named = std::vector<std::pair<const char*, Value>>;

/// Another operator's lowering, on these arguments.
Results delegate(Call& c, const char* name, const char* overload, const Named& arguments) {
  ts::Schema schema;
  schema.name = name;
  schema.overload = overload;
  std::vector<Value> values;
  for (const auto& [argument, value] : arguments) {
    schema.arguments.push_back({.name = argument, .type = {}, .defaultValue = {}, .aliasSets = {}, .elementAliasSets = {}});
    values.push_back(value);
  }
  Call call(c.host(), c.b, schema, std::move(values));
  return findRow(schema)->lower(call);
}

/// A number for every spatial axis, or a list as it is.
Value repeated(const Value& value, int64_t count) {
  if (value.isNone() || value.is<std::shared_ptr<ListValue>>()) return value;
  auto list = std::make_shared<ListValue>();
  list->items.assign(static_cast<size_t>(count), value);
  return list;
}

Results resizeAs(Call& c, const std::string& mode, const Value& alignCorners) {
  const Tensor x = c.tensor("input");
  const int64_t spatial = x.rank() - 2;
  if (spatial < 1 || spatial > 3) c.refuse("interpolation of a tensor of rank " + std::to_string(x.rank()));
  const Value size = repeated(c.arg("size"), spatial), scale = repeated(c.arg("scale_factor"), spatial);
  if (size.isNone() == scale.isNone()) c.refuse("one of size and scale_factor must be given, and only one");
  if (mode == "area") {
    if (size.isNone()) c.refuse("area interpolation by a factor");
    return delegate(c, kArea[spatial - 1], "", {{"self", c.arg("input")}, {"output_size", size}});
  }
  const bool antialias = c.has("antialias") && c.boolean("antialias");
  for (const Mode& m : kModes) {
    const char* name = antialias ? m.antialiased : m.plain;
    if (mode != m.name || x.rank() != m.rank || !name) continue;
    return delegate(c, name, "vec", {{"input", c.arg("input")}, {"output_size", size}, {"scale_factors", scale},
                                     {"align_corners", alignCorners}, {"recompute_scale_factor", c.arg("recompute_scale_factor")}});
  }
  c.refuse("interpolation mode '" + mode + "' on a tensor of rank " + std::to_string(x.rank()));
}

// aten::__interpolate, aten::__upsample
Results interpolate(Call& c) { return resizeAs(c, c.text("mode"), c.has("align_corners") ? c.arg("align_corners") : Value(false)); }
// aten::__upsample_nearest
Results nearest(Call& c) { return resizeAs(c, "nearest", false); }
// aten::__upsample_bilinear
Results bilinear(Call& c) { return resizeAs(c, "bilinear", true); }

}  // namespace

std::vector<Row> interpolate_modes() {
  constexpr const char* kLimits = "area interpolation by a factor";
#define DEPLOYTOOL_INTERPOLATE "(input, size, scale_factor, mode, align_corners, recompute_scale_factor, antialias)"
  return {
      {"aten::__interpolate" DEPLOYTOOL_INTERPOLATE, interpolate, kLimits},
      {"aten::__interpolate.size_list" DEPLOYTOOL_INTERPOLATE, interpolate, kLimits},
      {"aten::__interpolate.scale_list" DEPLOYTOOL_INTERPOLATE, interpolate, kLimits},
      {"aten::__interpolate.size_list_scale_list" DEPLOYTOOL_INTERPOLATE, interpolate, kLimits},
      {"aten::__upsample(input, size, scale_factor, mode, align_corners)", interpolate, kLimits},
      {"aten::__upsample.size_list(input, size, scale_factor, mode, align_corners)", interpolate, kLimits},
      {"aten::__upsample_nearest(input, size, scale_factor)", nearest},
      {"aten::__upsample_nearest.size_list(input, size, scale_factor)", nearest},
      {"aten::__upsample_bilinear(input, size, scale_factor)", bilinear},
      {"aten::__upsample_bilinear.size_list(input, size, scale_factor)", bilinear},
      {"aten::__upsample_bilinear.scale_list(input, size, scale_factor)", bilinear},
      {"aten::__upsample_bilinear.size_list_scale_list(input, size, scale_factor)", bilinear},
  };
#undef DEPLOYTOOL_INTERPOLATE
}

}  // namespace deploytool::exporter::ops
