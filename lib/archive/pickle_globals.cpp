// Opcodes as Python's pickletools lists them. Only strings and the memo are followed: STACK_GLOBAL takes its two names
// from there.
#include "archive/pickle_globals.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace deploytool::archive {

namespace {

/// What follows an opcode.
enum class Argument : uint8_t { Unknown, None, Bytes1, Bytes2, Bytes4, Bytes8, Line, TwoLines, Counted1, Counted4, Counted8 };

std::array<Argument, 256> makeArguments() {
  std::array<Argument, 256> table{};
  const auto all = [&](std::string_view opcodes, Argument argument) {
    for (const char c : opcodes) table[static_cast<unsigned char>(c)] = argument;
  };
  all("(.012NQRabdel]o)ts}u", Argument::None);
  all("\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94\x97\x98", Argument::None);
  all("Khq\x80\x82", Argument::Bytes1);
  all("M\x83", Argument::Bytes2);
  all("Jjr\x84", Argument::Bytes4);
  all("G\x95", Argument::Bytes8);
  all("FILSVgpP", Argument::Line);
  all("ci", Argument::TwoLines);
  all("UC\x8c\x8a", Argument::Counted1);
  all("TBX\x8b", Argument::Counted4);
  all("\x8d\x8e\x96", Argument::Counted8);
  return table;
}

class Walk {
 public:
  explicit Walk(std::string_view bytes) : rest_(bytes) {}

  std::vector<std::string> run(int pickles) {
    static const auto arguments = makeArguments();
    while (pickles > 0 && !rest_.empty()) {
      const auto opcode = static_cast<unsigned char>(rest_[0]);
      rest_.remove_prefix(1);
      std::string_view argument;
      if (!take(arguments[opcode], argument)) break;
      apply(opcode, argument);
      if (opcode == '.') --pickles;
    }
    return std::move(globals_);
  }

 private:
  bool take(Argument kind, std::string_view& out) {
    switch (kind) {
      case Argument::Unknown: return false;
      case Argument::None: return true;
      case Argument::Bytes1: return bytes(1, out);
      case Argument::Bytes2: return bytes(2, out);
      case Argument::Bytes4: return bytes(4, out);
      case Argument::Bytes8: return bytes(8, out);
      case Argument::Line: return lines(1, out);
      case Argument::TwoLines: return lines(2, out);
      case Argument::Counted1: return counted(1, out);
      case Argument::Counted4: return counted(4, out);
      case Argument::Counted8: return counted(8, out);
    }
    return false;
  }

  bool bytes(uint64_t count, std::string_view& out) {
    if (count > rest_.size()) return false;
    out = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return true;
  }

  bool lines(int count, std::string_view& out) {
    size_t end = 0;
    for (int i = 0; i < count; ++i) {
      end = rest_.find('\n', end);
      if (end == std::string_view::npos) return false;
      ++end;
    }
    return bytes(end, out);
  }

  static uint64_t number(std::string_view littleEndian) {
    uint64_t value = 0;
    for (size_t i = littleEndian.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(littleEndian[i]);
    return value;
  }

  bool counted(uint64_t width, std::string_view& out) {
    std::string_view count;
    return bytes(width, count) && bytes(number(count), out);
  }

  void apply(unsigned char opcode, std::string_view argument) {
    switch (opcode) {
      case 'X': case 0x8c: case 0x8d: case 'U': case 'T': push(argument); return;
      case 0x94: memo_.push_back(strings_[1]); return;
      case 'q': case 'r': remember(number(argument)); return;
      case 'h': case 'j': recall(number(argument)); return;
      case 'c': case 'i': {
        const size_t end = argument.find('\n');
        add(argument.substr(0, end), argument.substr(end + 1, argument.size() - end - 2));
        return;
      }
      case 0x93: add(strings_[0], strings_[1]); return;
      default: return;
    }
  }

  void push(std::string_view text) { strings_ = {strings_[1], text}; }

  void remember(uint64_t index) {
    constexpr uint64_t kMost = 1 << 20;
    if (index >= kMost) return;
    if (memo_.size() <= index) memo_.resize(index + 1);
    memo_[index] = strings_[1];
  }

  void recall(uint64_t index) {
    if (index < memo_.size() && !memo_[index].empty()) push(memo_[index]);
  }

  void add(std::string_view module, std::string_view name) {
    globals_.push_back(std::string(module) + "." + std::string(name));
  }

  std::string_view rest_;
  std::array<std::string_view, 2> strings_;  // the last two
  std::vector<std::string_view> memo_;
  std::vector<std::string> globals_;
};

}  // namespace

std::vector<std::string> pickleGlobals(std::string_view bytes, int pickles) { return Walk(bytes).run(pickles); }

}  // namespace deploytool::archive
