// Conversion of a whole module; see module_reader.h. Functions are found by a worklist: the root's methods, what they
// call, and, for a call through an interface, the method of that name of every class at hand.
#include "torchscript/module_reader.h"

#include <algorithm>
#include <set>

#include "torchscript/function_reader.h"

namespace deploytool::ts {

namespace {

class ModuleReader {
 public:
  ModuleReader() : types_([this](const c10::TypePtr& type) { onType(type); }), values_(types_) {}

  Result<Program> read(const torch::jit::Module& module);

 private:
  void onType(const c10::TypePtr& type);
  void enqueue(torch::jit::Function& function);
  void enqueueInterfaceCall(const std::string& method);
  void describeClasses();
  ClassInfo describe(const c10::ClassType& type);

  TypeConverter types_;
  ValueReader values_;
  std::deque<torch::jit::Function*> queue_;
  std::set<const torch::jit::Function*> seen_;
  std::vector<c10::ClassTypePtr> classes_;
  std::set<std::string> interfaceCalls_;
  size_t described_ = 0;
  Program program_;
};

void ModuleReader::onType(const c10::TypePtr& type) {
  auto klass = type->cast<c10::ClassType>();
  if (!klass) return;
  classes_.push_back(klass);
  for (const auto& name : interfaceCalls_) {
    if (auto* method = klass->findMethod(name)) enqueue(*method);
  }
}

void ModuleReader::enqueue(torch::jit::Function& function) {
  if (!function.isGraphFunction() || !seen_.insert(&function).second) return;
  queue_.push_back(&function);
}

void ModuleReader::enqueueInterfaceCall(const std::string& name) {
  if (!interfaceCalls_.insert(name).second) return;
  for (size_t i = 0; i < classes_.size(); ++i) {
    if (auto* method = classes_[i]->findMethod(name)) enqueue(*method);
  }
}

ClassInfo ModuleReader::describe(const c10::ClassType& type) {
  ClassInfo info;
  info.name = type.name() ? type.name()->qualifiedName() : type.str();
  info.isModule = type.is_module();
  for (size_t i = 0; i < type.numAttributes(); ++i) {
    info.attributeNames.push_back(type.getAttributeName(i));
    info.attributeTypes.push_back(types_.convert(type.getAttribute(i)));
    if (!info.isModule) continue;
    if (type.is_parameter(i)) info.parameters.push_back(type.getAttributeName(i));
    if (type.is_buffer(i)) info.buffers.push_back(type.getAttributeName(i));
  }
  for (auto* hook : type.getForwardPreHooks()) {
    info.forwardPreHooks.push_back(hook->qualname().qualifiedName());
    enqueue(*hook);
  }
  for (auto* hook : type.getForwardHooks()) {
    info.forwardHooks.push_back(hook->qualname().qualifiedName());
    enqueue(*hook);
  }
  return info;
}

void ModuleReader::describeClasses() {
  for (; described_ < classes_.size(); ++described_) {
    const auto klass = classes_[described_];  // describe() may add more
    auto info = describe(*klass);
    program_.classes.insert_or_assign(info.name, std::move(info));
  }
}

Result<Program> ModuleReader::read(const torch::jit::Module& module) {
  auto root = values_.read(module._ivalue());
  if (!root) return root.error();
  program_.root = std::get<std::shared_ptr<Object>>(root->data);
  for (auto* method : module.type()->methods()) {
    program_.methods.push_back(method->name());
    enqueue(*method);
  }
  ReadContext context{types_, values_, [this](torch::jit::Function& called) { enqueue(called); },
                      [this](const std::string& name) { enqueueInterfaceCall(name); }};
  bool noneScripted = true;
  for (describeClasses(); !queue_.empty(); describeClasses()) {
    auto* function = queue_.front();
    queue_.pop_front();
    FunctionReader reader(context);
    auto converted = reader.read(*function);
    if (!converted) return converted.error();
    // Functions of their own stay scripts inside a trace.
    const auto& arguments = (*converted)->arguments;
    const bool isMethod = !arguments.empty() && arguments[0].name == "self";
    noneScripted = noneScripted && !(isMethod && reader.looksScripted());
    program_.functions.emplace((*converted)->name, *converted);
  }
  const auto* forward = program_.method(*program_.root, "forward");
  const auto anyTraced = std::any_of(program_.functions.begin(), program_.functions.end(),
                                     [](const auto& entry) { return entry.second->traced; });
  program_.traced = (forward && forward->traced) || (noneScripted && anyTraced);
  return std::move(program_);
}

}  // namespace

Result<Program> buildProgram(const torch::jit::Module& module) { return ModuleReader().read(module); }

}  // namespace deploytool::ts
