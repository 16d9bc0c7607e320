// What the branches being walked have decided: inside `if mask is not None`, a mask that may be None is a tensor.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "export/value.h"

namespace deploytool::exporter {

/// Whether a constant of one element is not 0; nothing for what is no constant.
std::optional<bool> constantTruth(const ir::Value* flag);

class Decisions {
 public:
  /// While it lives, the condition is what it is said to be, and what follows from that is known too.
  class Scope {
   public:
    Scope(Decisions& decisions, const Tensor& condition, bool is) : decisions_(decisions), before_(decisions.facts_.size()) {
      decisions_.add(condition, is);
    }
    ~Scope() { decisions_.facts_.resize(before_); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Decisions& decisions_;
    size_t before_;
  };

  /// What a rank-0 bool is here, if that is decided.
  std::optional<bool> of(const Tensor& flag) const;
  /// The value itself, or what it is here: a bool, None, or what an Optional holds.
  Value of(const Value& value) const;

 private:
  std::vector<std::pair<const ir::Value*, bool>> facts_;

  void add(const Tensor& condition, bool is);
  std::optional<bool> find(const ir::Value* flag, int depth = 16) const;
};

}  // namespace deploytool::exporter
