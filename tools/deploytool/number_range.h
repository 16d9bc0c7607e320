// Options that take a number within limits.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <limits>
#include <string>

namespace deploytool::cli {

/// `'-5' is no number from 0 on`, where CLI11's own validators print the limits of the type.
template <class Number>
CLI::Validator numberBetween(Number low, Number high) {
  return CLI::Validator(
      [low, high](std::string& text) {
        Number value{};
        if (CLI::detail::lexical_cast(text, value) && value >= low && value <= high) return std::string();
        return fmt::format("'{}' is no {}number from {} {}", text, std::numeric_limits<Number>::is_integer ? "whole " : "", low,
                           high == std::numeric_limits<Number>::max() ? "on" : fmt::format("to {}", high));
      },
      "");
}

template <class Number>
CLI::Validator numberFrom(Number low) {
  return numberBetween(low, std::numeric_limits<Number>::max());
}

}  // namespace deploytool::cli
