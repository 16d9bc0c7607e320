// consumer ARCHIVE OUTPUT: exports the line reader of examples/ through the library.
#include <deploytool/export.h>

#include <iostream>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  deploytool::ExportOptions options;
  options.inputs = {"image:float32[batch,1,16,width=64]"};
  const deploytool::ExportReport report = deploytool::exportArchive(argv[1], argv[2], options);
  for (const auto& diagnostic : report.diagnostics) std::cerr << diagnostic.message << '\n';
  std::cout << report.outputs.size() << " outputs\n";
  return report.ok() && report.outputs.size() == 3 ? 0 : 1;
}
