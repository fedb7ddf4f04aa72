// Tables with one row for each value of an enum, which are complete or do not compile.
//
// A Row is an aggregate whose member `value` is of the enum, and which has no default member
// initialisers: with -Werror=missing-field-initializers a row that lacks a field does not compile
// either. Its enum counts from 0 without a gap. Everything here is evaluated by the compiler, but
// for row_of() of a value that is not known to it. Pure, any thread.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <string_view>

namespace scraper {

// Whether `value` has a name. The compiler is asked what it calls it: the name of an enumerator
// ("scraper::LinkKind::kPage"), or a cast where there is none ("(scraper::LinkKind)21").
template <class E, E value>
constexpr bool is_enumerator() {
  constexpr std::string_view name = __PRETTY_FUNCTION__;
  return name[name.find_last_of("):")] != ')';
}

// How many enumerators E has. Counted, so that no constant beside the enum can be forgotten.
template <class E, std::size_t kNext = 0>
constexpr std::size_t count_of() {
  constexpr auto next = static_cast<E>(kNext);
  if constexpr (static_cast<std::size_t>(next) == kNext && is_enumerator<E, next>()) {
    return count_of<E, kNext + 1>();
  } else {
    return kNext;
  }
}

template <class Row>
using EnumOf = decltype(Row::value);

// Whether `rows` has a row for each value, in their order. For a static_assert beside the table.
template <class Row, std::size_t kRows>
constexpr bool is_complete(const std::array<Row, kRows>& rows) {
  for (std::size_t i = 0; i < kRows; ++i) {
    if (rows[i].value != static_cast<EnumOf<Row>>(i)) return false;
  }
  return kRows == count_of<EnumOf<Row>>();
}

// The row of a value that is one: what comes from a disk or a worker has been checked.
template <class Row, std::size_t kRows>
constexpr const Row& row_of(const std::array<Row, kRows>& rows, EnumOf<Row> value) {
  assert(static_cast<std::size_t>(value) < kRows);
  return rows[static_cast<std::size_t>(value)];
}

// A row that says nothing but what a value is called.
template <class E>
struct Word {
  std::string_view name;
  E value;
};

}  // namespace scraper
