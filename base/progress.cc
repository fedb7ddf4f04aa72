#include "base/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/json_writer.h"
#include "base/say.h"
#include "base/units.h"

namespace scraper {

Progress::Progress(ProgressMode mode, bool is_quiet) : mode_(mode) {
  if (mode_ == ProgressMode::kAuto)
    mode_ = isatty(STDERR_FILENO) != 0 ? ProgressMode::kBar : ProgressMode::kPlain;
  if (is_quiet) mode_ = ProgressMode::kNone;
}

Duration Progress::interval() const {
  return mode_ == ProgressMode::kBar ? Duration(std::chrono::milliseconds(200))
                                     : Duration(std::chrono::seconds(2));
}

void Progress::show(const ProgressFigures& now) {
  const double span = now.elapsed - last_.elapsed;
  const double rate = span > 0 ? static_cast<double>(now.stored - last_.stored) / span : 0;
  const double bytes = span > 0 ? static_cast<double>(now.bytes - last_.bytes) / span : 0;
  last_ = now;
  if (mode_ == ProgressMode::kJson) {
    std::string line;
    JsonWriter json(line);
    json.begin_object()
        .field("elapsed", now.elapsed)
        .field("stored", now.stored)
        .field("failed", now.failed);
    json.field("pending", now.pending)
        .field("discovered", now.discovered)
        .field("bytes", now.bytes);
    json.field("in_flight", now.in_flight)
        .field("unparsed", now.unparsed)
        .field("pages_per_second", rate);
    json.field("paused", now.is_paused).end_object();
    is_heard_ = say(line + "\n");
    return;
  }
  const std::string text = fmt::format(
      "{:.0f}s  {} stored  {} failed  {} to do of {}  {:.0f} pages/s  {}/s  {} in flight  {} to "
      "parse  {} hosts wait{}",
      now.elapsed, now.stored, now.failed, now.pending, now.discovered, rate, human_bytes(bytes),
      now.in_flight, now.unparsed, now.hosts_waiting, now.is_paused ? "  paused: no room" : "");
  show_text(text);
}

void Progress::show(const ParseFigures& now) {
  const double span = now.elapsed - last_.elapsed;
  const double rate = span > 0 ? static_cast<double>(now.lines - last_.stored) / span : 0;
  last_.elapsed = now.elapsed;
  last_.stored = now.lines;
  if (mode_ == ProgressMode::kJson) {
    std::string line;
    JsonWriter json(line);
    json.begin_object()
        .field("elapsed", now.elapsed)
        .field("lines", now.lines)
        .field("all", now.all);
    json.field("pages_per_second", rate).end_object();
    is_heard_ = say(line + "\n");
    return;
  }
  show_text(fmt::format("{:.0f}s  {} of {} lines  {:.0f} pages/s", now.elapsed, now.lines, now.all,
                        rate));
}

void Progress::show_text(const std::string& text) {
  is_heard_ = say(mode_ == ProgressMode::kBar ? "\r\x1b[K" + text : text + "\n");
}

void Progress::end() {
  if (mode_ == ProgressMode::kBar) say("\r\x1b[K");
}

}  // namespace scraper
