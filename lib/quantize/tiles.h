// Transposing in tiles that fit registers: what lies in rows is wanted by columns, and the other way round.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace deploytool::quantize {

/// Elements on a side of a tile, which fills 16 bytes.
template <class T>
constexpr size_t kTile = 16 / sizeof(T);

namespace tiles {

template <class T>
struct RowOf;
template <>
struct RowOf<float> {
  using Type = float __attribute__((vector_size(16)));
};
template <>
struct RowOf<uint8_t> {
  using Type = uint8_t __attribute__((vector_size(16)));
};
template <class T>
using Row = typename RowOf<T>::Type;

/// The elements of both by turns: of their first halves, or of their second.
template <class T, size_t... I>
Row<T> zipped(Row<T> a, Row<T> b, bool second, std::index_sequence<I...>) {
  constexpr size_t kHalf = sizeof...(I) / 2;
  return second ? __builtin_shufflevector(a, b, ((I % 2) * sizeof...(I) + I / 2 + kHalf)...)
                : __builtin_shufflevector(a, b, ((I % 2) * sizeof...(I) + I / 2)...);
}

}  // namespace tiles

/// to(column)[row] = from(row)[column], for kTile<T> rows and columns. Both give pointers.
template <class T, class From, class To>
inline void transposeTile(From&& from, To&& to) {
  constexpr size_t kSide = kTile<T>;
  using Places = std::make_index_sequence<kSide>;
  std::array<tiles::Row<T>, kSide> rows, next;
  for (size_t r = 0; r < kSide; ++r) std::memcpy(&rows[r], from(r), sizeof(rows[r]));
  for (size_t round = 1; round < kSide; round *= 2) {
    for (size_t k = 0; k < kSide / 2; ++k) {
      next[2 * k] = tiles::zipped<T>(rows[k], rows[k + kSide / 2], false, Places());
      next[2 * k + 1] = tiles::zipped<T>(rows[k], rows[k + kSide / 2], true, Places());
    }
    rows = next;
  }
  for (size_t c = 0; c < kSide; ++c) std::memcpy(to(c), &rows[c], sizeof(rows[c]));
}

}  // namespace deploytool::quantize
