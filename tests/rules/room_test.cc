#include "scraper/rules/room.h"

#include "tests/catch.h"

namespace scraper {

using namespace std::chrono_literals;
using Change = Room::Change;

namespace {

const TimePoint kBegin = TimePoint(1h);

}  // namespace

TEST_CASE("leases pause before the disk is full and go on when there is a quarter more than that") {
  Room room(1'000, 5min);
  CHECK(room.look(1'000, false, kBegin) == Change::kNone);
  CHECK(room.look(999, false, kBegin) == Change::kPaused);
  CHECK(room.is_paused());
  CHECK(room.why() == "the disk is nearly full: 999 B left, 1000 B are kept free (--keep-free)");
  CHECK(room.look(998, false, kBegin + 1s) == Change::kNone);
  CHECK(room.look(1'249, false, kBegin + 2s) == Change::kNone);
  CHECK(room.look(1'250, false, kBegin + 3s) == Change::kGoesOn);
  CHECK(!room.is_paused());
  CHECK(room.look(1'250, false, kBegin + 4s) == Change::kNone);
}

TEST_CASE(
    "a disk that does not say how much is left is full when a write fails, and what is owed is "
    "written first") {
  Room room(1'000, 5min);
  CHECK(room.look(std::nullopt, false, kBegin) == Change::kNone);
  CHECK(room.missed("cannot write", kBegin));
  CHECK(!room.missed("cannot write either", kBegin));
  CHECK(room.why() == "cannot write");
  CHECK(room.look(std::nullopt, true, kBegin + 1s) == Change::kNone);
  CHECK(room.look(std::nullopt, false, kBegin + 2s) == Change::kGoesOn);
}

TEST_CASE(
    "what fails again and again is left alone for longer and longer, until a capture has found its "
    "place") {
  Room room(0, 5min);
  TimePoint now = kBegin;
  for (const auto wait : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
    REQUIRE(room.missed("no", now));
    CHECK(room.look(1, false, now + wait - 1ms) == Change::kNone);
    now += wait;
    CHECK(room.look(1, false, now) == Change::kGoesOn);
  }
  room.found();
  CHECK(room.missed("no", now));
  room.found();  // of what was in flight: says nothing of what comes after the pause
  CHECK(room.look(1, false, now + 1s) == Change::kGoesOn);
  CHECK(room.missed("no", now + 1s));
  CHECK(room.look(1, false, now + 2s) == Change::kNone);
}

TEST_CASE("patience counts from the first failure of a row, and none is none") {
  Room room(0, 5s);
  CHECK(!room.is_hopeless(kBegin + 1h));
  CHECK(room.missed("no", kBegin));
  CHECK(room.look(1, false, kBegin + 3s) == Change::kGoesOn);
  CHECK(!room.is_hopeless(kBegin + 6s));  // it goes on
  CHECK(room.missed("no", kBegin + 4s));
  CHECK(!room.is_hopeless(kBegin + 4s));
  CHECK(room.is_hopeless(kBegin + 5s));
  Room hasty(0, 0s);
  CHECK(hasty.missed("no", kBegin));
  CHECK(hasty.is_hopeless(kBegin));
}

}  // namespace scraper
