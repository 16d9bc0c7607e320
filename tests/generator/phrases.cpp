// The table of phrases (phrases.h).
#include "tests/generator/phrases.h"

#include <cctype>
#include <sstream>

namespace deploytool::testing::generator {

namespace {

struct Line {
  const char *row, *parameters, *text;
};

constexpr Line kLines[] = {
#include "tests/generator/phrases.inc"
};

ts::Argument argumentOf(const std::string& name, ts::Type::Kind kind) {
  auto type = std::make_shared<ts::Type>();
  type->kind = kind;
  ts::Argument argument;
  argument.name = name;
  argument.type = type;
  return argument;
}

/// `int(2..5)`: the type and what is within.
void addParameter(const std::string& name, std::string spec, Phrase& phrase) {
  using Kind = ts::Type::Kind;
  Kind kind = spec.starts_with("{") ? Kind::Int : Kind::Tensor;  // a constant's kind is that of its text
  for (const auto& [word, typed] : {std::pair{"int(", Kind::Int}, {"float(", Kind::Float}, {"bool(", Kind::Bool}}) {
    if (!spec.starts_with(word)) continue;
    kind = typed;
    spec = spec.substr(spec.find('(') + 1);
    spec.pop_back();
  }
  phrase.parameters.push_back(argumentOf(name, kind));
  if (!spec.empty()) phrase.domain[name] = spec;
}

Phrase phraseOf(const Line& line) {
  Phrase phrase;
  std::istringstream words(line.parameters);
  for (std::string word; words >> word;) addParameter(word.substr(0, word.find(':')), word.substr(word.find(':') + 1), phrase);
  std::istringstream text(line.text);
  for (std::string one; std::getline(text, one);) phrase.lines.push_back(one);
  std::string& last = phrase.lines.back();
  last = last.substr(last.find(' ') + 1);
  return phrase;
}

}  // namespace

std::vector<std::string> Phrase::with(const std::vector<std::string>& arguments, const std::string& prefix) const {
  const auto replacement = [&](const std::string& name) {
    for (size_t i = 0; i < parameters.size(); ++i)
      if (parameters[i].name == name) return arguments[i];
    return prefix + name;
  };
  std::vector<std::string> result;
  for (const std::string& line : lines) {
    std::string text;
    for (size_t at = 0; at < line.size();) {
      if (line[at] != '$') {
        text += line[at++];
        continue;
      }
      size_t end = ++at;
      while (end < line.size() && std::isalnum(static_cast<unsigned char>(line[end]))) ++end;
      text += replacement(line.substr(at, end - at));
      at = end;
    }
    result.push_back(text);
  }
  return result;
}

std::vector<Phrase> phrasesOf(const std::string& row) {
  std::vector<Phrase> result;
  for (const Line& line : kLines)
    if (row == line.row) result.push_back(phraseOf(line));
  return result;
}

}  // namespace deploytool::testing::generator
