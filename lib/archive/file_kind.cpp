// Telling TorchScript archives from the other files that end in .pt; see file_kind.h.
#include "archive/file_kind.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "archive/pickle_globals.h"
#include "archive/zip_directory.h"

namespace deploytool::archive {

namespace {

constexpr const char* kSaveScripted =
    "load it in Python where its class is known, then save the model itself: "
    "torch.jit.script(model).save(\"model.pt\") or torch.jit.trace(model, example).save(\"model.pt\")";

Diagnostic notTorchScript(std::string what, std::string help) {
  return makeError(ExitCode::BadInput, "not a TorchScript archive but " + std::move(what), std::move(help));
}

bool startsWith(std::string_view bytes, std::string_view prefix) { return bytes.substr(0, prefix.size()) == prefix; }

/// The first class that a pickle names, after torch's own and Python's: `__main__.Net`. Empty: only plain containers.
std::string firstForeignClass(std::string_view pickle, int pickles) {
  for (const std::string& global : pickleGlobals(pickle, pickles)) {
    const bool word = global.size() < 200 && std::all_of(global.begin(), global.end(), [](unsigned char c) {
      return std::isalnum(c) || c == '_' || c == '.';
    });
    const auto isOf = [&](std::string_view module) { return startsWith(global, module); };
    const bool ofTorch = isOf("torch.") && std::count(global.begin(), global.end(), '.') == 1;
    const bool plain = ofTorch || isOf("collections.") || isOf("torch._utils.") || isOf("torch.storage.") ||
                       isOf("builtins.") || isOf("__builtin__.") || isOf("numpy") || isOf("_codecs.");
    if (word && !plain) return global;
  }
  return {};
}

Diagnostic pickled(std::string_view pickle, const char* how, int pickles = 1) {
  const std::string klass = firstForeignClass(pickle, pickles);
  if (klass.empty()) {
    return notTorchScript(std::string("a state dict ") + how + ": it has parameters but no program",
                          std::string("build the model in Python, model.load_state_dict(torch.load(...)), then save the "
                                      "model itself: torch.jit.script(model).save(\"model.pt\")"));
  }
  return notTorchScript("a Python object of class " + klass + " " + how, kSaveScripted);
}

Diagnostic describeZip(const ZipDirectory& zip) {
  auto has = [&](std::string_view path) { return zip.find(path) != nullptr; };
  const bool exported = has("serialized_exported_program.json") || has("archive_format") ||
                        std::any_of(zip.entries().begin(), zip.entries().end(), [](const ZipEntry& entry) {
                          return entry.name.find("/models/") != std::string::npos && entry.name.ends_with(".json");
                        });
  if (exported) {
    return notTorchScript("a torch.export archive (.pt2)",
                          "export it to ONNX in Python with torch.onnx.export(program), or save the model with "
                          "torch.jit.script or torch.jit.trace");
  }
  if (const auto* data = zip.find("data.pkl")) return pickled(zip.prefix(*data, 1 << 20), "written by torch.save");
  if (has(".data/python_version") || has(".data/extern_modules")) {
    return notTorchScript("a torch.package archive", kSaveScripted);
  }
  if (has("MAR-INF/MANIFEST.json")) {
    return notTorchScript("a TorchServe archive (.mar)", "unzip it: the model inside may be a TorchScript archive");
  }
  return notTorchScript("another kind of zip archive", "expected a file written by torch.jit.save");
}

Diagnostic describeOther(std::string_view head) {
  if (head.empty()) return makeError(ExitCode::BadInput, "is an empty file", "save or copy the model again");
  if (head.size() >= 8 && head.substr(4, 4) == "PTMF") {
    return notTorchScript("a mobile model in flatbuffer form",
                          "save it again with torch.jit.save (not _save_for_lite_interpreter with use_flatbuffer)");
  }
  if (head.size() > 1 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5) {
    // A magic number, a protocol version and facts about the machine come first, each a pickle.
    return pickled(head, "written by torch.save in its format before PyTorch 1.6", 4);
  }
  if (head.size() > 262 && head.substr(257, 5) == "ustar") {
    return notTorchScript("a tar archive (torch.save before PyTorch 0.1.10)", kSaveScripted);
  }
  if (head.size() > 10 && head.substr(8, 2) == "{\"") {
    return notTorchScript("a safetensors file: it has parameters but no program", kSaveScripted);
  }
  if (head[0] == '\x08' && head.size() > 2 && head[1] > 0 && head[1] < 32 && (head[2] == '\x12' || head[2] == '\x3a')) {
    return notTorchScript("an ONNX model", "deploytool optimize rewrites ONNX models; export reads TorchScript");
  }
  return notTorchScript("some other file: it is no zip archive", "expected a file written by torch.jit.save");
}

}  // namespace

Status checkTorchScript(int descriptor) {
  const std::string head = readAt(descriptor, 0, 1 << 20);
  if (!startsWith(head, "PK\3\4") && !startsWith(head, "PK\5\6")) return describeOther(head);
  auto zip = ZipDirectory::read(descriptor);
  if (!zip) return zip.error();
  const bool hasCode = std::any_of(zip->entries().begin(), zip->entries().end(), [](const ZipEntry& entry) {
    return entry.name.find("code/") != std::string::npos && entry.name.ends_with(".py");
  });
  if (zip->find("data.pkl") && (zip->find("constants.pkl") || hasCode)) return {};
  if (zip->find("model.json") && hasCode) {
    return notTorchScript("a TorchScript archive in the format before PyTorch 1.4",
                          "load and save it once with PyTorch 1.4 to 1.13");
  }
  return describeZip(*zip);
}

}  // namespace deploytool::archive
