#include "export/cell.h"

#include <algorithm>
#include <atomic>

namespace deploytool::exporter {

uint64_t nextSerial() {
  static std::atomic<uint64_t> next{1};
  return next++;
}

TensorVar makeCell(Tensor content) {
  auto cell = std::make_shared<Cell>();
  cell->content = std::move(content);
  cell->birth = nextSerial();
  return cell;
}

const TensorVar& rootOf(const TensorVar& cell) { return cell->view ? rootOf(cell->view->base) : cell; }

void Heap::set(const TensorVar& cell, const Tensor& content, uint64_t version, bool written) {
  journal_.push_back(CellEntry{cell, cell->content, cell->version, written});
  cell->content = content;
  cell->version = version;
}

Tensor Heap::read(const TensorVar& cell) {
  if (!cell->view) return cell->content;
  const uint64_t version = rootOf(cell)->version;
  if (cell->version != version) set(cell, cell->view->derive(read(cell->view->base)), version, false);
  return cell->content;
}

void Heap::write(const TensorVar& cell, const Tensor& content) {
  if (!cell->view) return set(cell, content, nextSerial(), true);
  const TensorVar& base = cell->view->base;
  write(base, cell->view->assign(read(base), content));
  set(cell, content, rootOf(cell)->version, false);
}

void Heap::willChange(const std::shared_ptr<ListValue>& list) { journal_.push_back(ListEntry{list, *list}); }
void Heap::willChange(const std::shared_ptr<DictValue>& dict) { journal_.push_back(DictEntry{dict, *dict}); }

void Heap::setAttribute(const std::shared_ptr<ObjectValue>& object, const std::string& name, Value value) {
  auto it = object->attributes.find(name);
  journal_.push_back(AttributeEntry{object, name, it == object->attributes.end() ? std::nullopt : std::optional(it->second)});
  object->attributes[name] = std::move(value);
}

Heap::Mark Heap::mark() const { return {journal_.size(), nextSerial()}; }

std::vector<Place> Heap::writtenSince(const Mark& mark) const {
  std::vector<Place> places;
  const auto add = [&](uint64_t birth, Place place) {
    if (birth < mark.serial && std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
  };
  for (size_t i = mark.entries; i < journal_.size(); ++i) {
    if (const auto* c = std::get_if<CellEntry>(&journal_[i])) {
      if (c->written) add(c->cell->birth, c->cell);
    } else if (const auto* l = std::get_if<ListEntry>(&journal_[i])) {
      add(l->list->birth, l->list);
    } else if (const auto* d = std::get_if<DictEntry>(&journal_[i])) {
      add(d->dict->birth, d->dict);
    } else if (const auto* a = std::get_if<AttributeEntry>(&journal_[i])) {
      add(a->object->birth, std::pair(a->object, a->name));
    }
  }
  return places;
}

void Heap::rollback(const Mark& mark) {
  while (journal_.size() > mark.entries) {
    Entry entry = std::move(journal_.back());
    journal_.pop_back();
    if (auto* e = std::get_if<CellEntry>(&entry)) {
      e->cell->content = e->content;
      e->cell->version = e->version;
    } else if (auto* l = std::get_if<ListEntry>(&entry)) {
      *l->list = std::move(l->old);
    } else if (auto* d = std::get_if<DictEntry>(&entry)) {
      *d->dict = std::move(d->old);
    } else if (auto* a = std::get_if<AttributeEntry>(&entry)) {
      if (a->old) a->object->attributes[a->name] = *a->old;
      else a->object->attributes.erase(a->name);
    }
  }
}

}  // namespace deploytool::exporter
