// A list operator on a list of containers is the operator on the lists of their parts; see column_lists.h.
#include "export/ops/column_lists.h"

#include <algorithm>
#include <array>

#include "export/columns.h"
#include "export/ops/containers.h"

namespace deploytool::exporter::ops {

namespace {

using List = std::shared_ptr<ListValue>;

template <size_t N>
bool isOneOf(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 7> kLists = {"self", "l", "list", "a", "b", "other", "input"};
constexpr std::array<std::string_view, 3> kTakes = {"aten::__getitem__", "aten::select", "aten::pop"};

const List* listIn(Call& c, size_t argument) {
  return isOneOf(c.schema().arguments.at(argument).name, kLists) ? c.arguments()[argument].as<List>() : nullptr;
}

/// The form of its lists' elements, where the call is one for columns.
Value formIn(Call& c) {
  Value form, rows;
  for (size_t i = 0; i < c.arguments().size() && i < c.schema().arguments.size(); ++i) {
    const List* list = listIn(c, i);
    if (!list) continue;
    if ((*list)->isColumns()) form = (*list)->form;
    else if (!(*list)->isSequence() && !(*list)->items.empty() && isRow((*list)->items[0])) rows = (*list)->items[0];
  }
  if (!form.isNone() || rows.isNone()) return form;
  for (const char* name : {"idx", "n"})
    if (const auto* index = c.arg(name).as<Dim>(); index && !index->isLiteral()) return rows;
  return {};
}

class ByColumn {
 public:
  ByColumn(Call& c, const Lowering& lower, Value form) : c_(c), lower_(lower), form_(std::move(form)) {
    for (size_t i = 0; i < c.arguments().size() && i < c.schema().arguments.size(); ++i)
      if (const List* list = listIn(c, i)) lists_.push_back({i, *list, columnsOf(**list, form_)});
    const Value& item = c.arg("el");
    if (!item.isNone() && !sameForm(item, form_)) c.refuse("a container of another form than those in the list");
    if (!item.isNone()) items_ = partsOf(item);
  }

  Results run() {
    std::vector<Value> given;
    const size_t columns = partsOf(form_).size();
    for (size_t i = 0; i < columns; ++i) {
      const Results results = one(i);
      if (!results.empty()) given.push_back(results[0]);
    }
    for (const Operand& operand : lists_)
      if (c_.schema().arguments[operand.argument].isWrite) becomes(operand);
    if (given.empty()) return {};
    return {together(given)};
  }

 private:
  struct Operand {
    size_t argument;
    List list;
    Columns columns;
  };

  Call& c_;
  const Lowering& lower_;
  Value form_;
  std::vector<Operand> lists_;
  std::vector<Value> items_;

  Results one(size_t column) {
    std::vector<Value> arguments = c_.arguments();
    for (const Operand& operand : lists_) arguments[operand.argument] = operand.columns[column];
    for (size_t i = 0; i < arguments.size() && !items_.empty(); ++i)
      if (c_.schema().arguments[i].name == "el") arguments[i] = items_[column];
    Call call(c_.host(), c_.b, c_.schema(), std::move(arguments));
    return lower_(call);
  }

  /// A list that was written holds what its columns became.
  void becomes(const Operand& operand) {
    const bool hasRows = std::any_of(operand.columns.begin(), operand.columns.end(),
                                     [](const List& column) { return column->isSequence() || !column->items.empty(); });
    c_.host().willChange(operand.list);
    operand.list->sequence = {};
    operand.list->items.clear();
    operand.list->form = hasRows ? form_ : Value();
    if (hasRows) operand.list->items.assign(operand.columns.begin(), operand.columns.end());
  }

  /// What the columns give: the list itself, an element, a number that all agree on, or another list.
  Value together(const std::vector<Value>& given) {
    const auto* list = given[0].as<List>();
    for (const Operand& operand : lists_)
      if (list && *list == operand.columns[0]) return operand.list;
    if (isOneOf(c_.schema().name, kTakes)) return assembled(form_, given);
    if (!list) return given[0];
    auto result = std::make_shared<ListValue>();
    result->elementType = lists_.front().list->elementType;
    result->items = given;
    result->form = form_;
    return result;
  }
};

}  // namespace

Lowering eachColumn(Lowering lower) {
  return [lower = std::move(lower)](Call& c) -> Results {
    const Value form = formIn(c);
    if (form.isNone()) return lower(c);
    return ByColumn(c, eachColumn(lower), form).run();
  };
}

}  // namespace deploytool::exporter::ops
