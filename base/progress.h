// Progress of a crawl, or of parsing one again, on standard error: a line that is redrawn on a
// terminal, plain lines elsewhere, JSON lines for programs.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace scraper {

// As --progress says: kAuto is a bar on a terminal and plain lines elsewhere.
enum class ProgressMode : std::uint8_t { kAuto, kBar, kPlain, kJson, kNone };

struct ProgressFigures {
  double elapsed = 0;  // seconds
  std::uint64_t stored = 0;
  std::uint64_t failed = 0;
  std::uint64_t pending = 0;
  std::uint64_t discovered = 0;
  std::uint64_t bytes = 0;
  std::size_t in_flight = 0;
  std::size_t unparsed = 0;
  std::size_t hosts_waiting = 0;
  bool is_paused = false;  // no room
};

// Of stored pages that are parsed again.
struct ParseFigures {
  double elapsed = 0;  // seconds
  std::uint64_t lines = 0;
  std::uint64_t all = 0;
};

class Progress {
 public:
  // kAuto: a bar when standard error is a terminal, else plain lines; nothing when quiet.
  Progress(ProgressMode mode, bool is_quiet);

  bool is_shown() const {
    return mode_ != ProgressMode::kNone && is_heard_;
  }                           // not once nobody listens
  Duration interval() const;  // between two calls of show()
  void show(const ProgressFigures& figures);
  void show(const ParseFigures& figures);
  void end();  // clears the bar

 private:
  void show_text(const std::string& text);

  ProgressMode mode_;
  bool is_heard_ = true;
  ProgressFigures last_;
};

}  // namespace scraper
