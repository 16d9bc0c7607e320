// The way from an archive to a quantized one; see quantize.h.
#include "torchscript/quantize/quantize.h"

#include <fmt/format.h>

#include "archive/zip_directory.h"
#include "quantize/selection.h"
#include "torchscript/quantize/packing.h"
#include "torchscript/quantize/rewrite.h"
#include "torchscript/quantize/save.h"

namespace deploytool::ts {

namespace {

Diagnostic warning(std::string message, std::string help = {}) {
  Diagnostic d = makeError(ExitCode::Done, std::move(message), std::move(help));
  d.severity = Severity::Warning;
  return d;
}

WeightReport reportOf(const WeightRecord& record) {
  WeightReport report;
  report.name = record.name;
  report.op = record.op;
  report.type = record.type;
  report.layer = record.layer;
  report.dims = record.tensor.sizes().vec();
  report.reason = record.reason;
  report.quantized = record.reason.empty();
  report.bytesBefore = static_cast<uint64_t>(record.tensor.nbytes());
  report.bytesAfter = report.quantized ? 0 : report.bytesBefore;
  return report;
}

void add(WeightReport& report, const WeightQuality& quality) {
  const bool first = report.bytesAfter == 0;
  report.bytesAfter += quality.bytes;
  report.sqnr = first ? quality.sqnr : std::min(report.sqnr, quality.sqnr);
  report.minScale = first ? quality.minScale : std::min(report.minScale, quality.minScale);
  report.maxScale = first ? quality.maxScale : std::max(report.maxScale, quality.maxScale);
}

/// The floating weights are let go of as soon as they are packed: only the jobs hold them.
void releaseRemoved(const Rewriting& rewriting) {
  for (const auto& [instance, names] : rewriting.removed) {
    for (const auto& name : names) instance->object->setSlot(instance->type()->getAttributeSlot(name), c10::IValue());
  }
}

std::map<std::string, c10::IValue> packAll(Rewriting& rewriting, const WeightScheme& scheme, QuantizeReport& report) {
  std::map<std::string, c10::IValue> packed;
  for (auto& [key, job] : rewriting.jobs) {
    std::vector<WeightQuality> quality;
    packed.emplace(key, pack(job.plan, scheme, quality));
    for (size_t i = 0; i < quality.size(); ++i) add(report.weights.at(job.records.at(i)), quality[i]);
    job.plan = {};
  }
  return packed;
}

c10::IValue listOf(const std::vector<c10::IValue>& items, const c10::TypePtr& type) {
  c10::impl::GenericList list(type->expectRef<c10::ListType>().getElementType());
  for (const auto& item : items) list.push_back(item);
  return list;
}

Changes changesFrom(const Rewriting& rewriting, const std::map<std::string, c10::IValue>& packed) {
  Changes changes;
  for (const auto& [instance, names] : rewriting.removed) changes[instance].removed = names;
  for (const auto& attribute : rewriting.attributes) {
    std::vector<c10::IValue> items;
    for (const auto& key : attribute.jobs) items.push_back(packed.at(key));
    auto& of = changes[attribute.owner];
    of.added.emplace_back(attribute.name, attribute.type);
    of.values.push_back(attribute.asList ? listOf(items, attribute.type) : items.at(0));
  }
  return changes;
}

bool isQuantized(const torch::jit::Module& module) {
  for (const auto& inner : module.modules()) {
    const auto type = inner.type();
    for (size_t i = 0; i < type->numAttributes(); ++i) {
      const auto text = type->getAttribute(i)->annotation_str();
      if (text.find("PackedParamsBase") != std::string::npos || text.find("CellParamsBase") != std::string::npos)
        return true;
    }
  }
  return false;
}

Status copyUnchanged(const InputFile& file, int descriptor, QuantizeReport& report, Diagnostic why) {
  report.diagnostics.push_back(std::move(why));
  const auto copied = copyArchive(file, descriptor);
  report.unchanged = copied.ok();
  return copied ? Status() : Status(copied.error());
}

Diagnostic nothingToDo(bool quantizedBefore) {
  return quantizedBefore
             ? warning("nothing to quantize: the archive is quantized already")
             : warning("nothing to quantize: no weight is taken", "the report says of each weight why it stays");
}

/// What the archive would grow by: code and packed headers outweigh very small weights.
Status keepSmaller(const InputFile& file, int descriptor, uint64_t written, QuantizeReport& report) {
  const auto before = archive::fileSize(file.descriptor);
  if (before < 0 || written <= static_cast<uint64_t>(before)) return {};
  for (auto& weight : report.weights) {
    if (!weight.quantized) continue;
    weight.quantized = false;
    weight.bytesAfter = weight.bytesBefore;
    weight.reason = "the weights are so small that the archive would grow";
  }
  return copyUnchanged(
      file, descriptor, report,
      warning(fmt::format("not quantized: the archive would grow from {} to {} bytes", before, written)));
}

Result<QuantizeReport> quantizeLoaded(LoadedArchive& archive, const InputFile& file, int descriptor,
                                      const QuantizeOptions& options) {
  QuantizeReport report;
  const bool quantizedBefore = isQuantized(archive.module);
  ModuleTree tree(archive.module);
  auto plan = std::make_unique<QuantizationPlan>(tree, options);
  for (const auto& record : plan->records()) {
    report.weights.push_back(reportOf(record));
    if (record.notFinite)
      report.diagnostics.push_back(
          warning(fmt::format("{} {}: it stays in floating point", record.name, "holds NaN or infinity")));
  }
  Rewriting rewriting = rewriteGraphs(tree, *plan, options.scheme);
  plan.reset();
  if (rewriting.jobs.empty()) {
    if (Status copied = copyUnchanged(file, descriptor, report, nothingToDo(quantizedBefore)); !copied)
      return copied.error();
    return report;
  }
  releaseRemoved(rewriting);
  const auto changes = changesFrom(rewriting, packAll(rewriting, options.scheme, report));
  const auto written = saveArchive(rebuild(tree, changes), readExtraFiles(file), archive.version, descriptor);
  if (!written) return written.error();
  if (Status kept = keepSmaller(file, descriptor, *written, report); !kept) return kept.error();
  return report;
}

}  // namespace

Result<QuantizeReport> quantizeArchive(const InputFile& file, int outputDescriptor, const QuantizeOptions& options) {
  if (Status known = quantize::checkSelection(options.selection); !known) return known.error();
  if (Status fits = checkOptions(options); !fits) return fits.error();
  auto archive = loadArchive(file, /*keepMode=*/true);
  if (!archive) return archive.error();
  if (Status engine = selectEngine(); !engine) return engine.error();
  try {
    at::NoGradGuard noGradients;
    return quantizeLoaded(*archive, file, outputDescriptor, options);
  } catch (const std::exception& error) {
    return makeError(ExitCode::Unsupported, "cannot quantize: " + exceptionText(error));
  }
}

}  // namespace deploytool::ts
