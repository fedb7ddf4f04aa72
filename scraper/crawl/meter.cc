#include "scraper/crawl/meter.h"

#include <fmt/format.h>

#include <algorithm>

namespace scraper {

namespace {

constexpr double kBusy =
    0.9;  // a stage that works for more than this share of the time is what bounds
constexpr double kIdle = 0.05;  // … and one that works for less does not

}  // namespace

std::string_view to_string(Wait wait) {
  switch (wait) {
    case Wait::kPoliteness: return "politeness";
    case Wait::kBackOff: return "back-off";
    case Wait::kHostBusy: return "host busy";
    case Wait::kSlots: return "slots";
    case Wait::kParse: return "parse";
    case Wait::kDisk: return "disk";
    case Wait::kRoom: return "room";
    case Wait::kOutput: return "output";
    case Wait::kRate: return "rate";
    case Wait::kDiscovery: return "discovery";
    case Wait::kReading: return "reading";
    case Wait::kLookup: return "lookup";
  }
  return "unknown";
}

void Level::set(std::size_t value, TimePoint now) {
  if (since_ != TimePoint{}) area_ += static_cast<double>(value_) * seconds(now - since_);
  since_ = now;
  value_ = value;
  most_ = std::max(most_, value);
}

double Level::mean(TimePoint start, TimePoint end) const {
  const double span = seconds(end - start);
  if (span <= 0 || since_ == TimePoint{}) return 0;
  return (area_ + static_cast<double>(value_) * seconds(end - since_)) / span;
}

namespace {

std::string politeness_advice(const BoundInput& in) {
  if (in.slowest_held > in.slowest_politeness / 2) {
    return fmt::format("host {} asked to be left alone for {:.3g} s in all (Retry-After)",
                       in.slowest_host, in.slowest_held);
  }
  if (in.slowest_is_robots) {
    return fmt::format("host {} asks for {:.3g} s between requests in its robots.txt",
                       in.slowest_host, in.slowest_delay);
  }
  const std::string often =
      in.slowest_delay == 1 ? "once a second" : fmt::format("once in {:.3g} s", in.slowest_delay);
  return fmt::format("host {} was asked {}: --delay {} if it is yours", in.slowest_host, often,
                     in.slowest_delay > 0.2 ? "200ms" : "0");
}

// Workers past the cores only take turns on them.
std::string parse_advice(const BoundInput& in) {
  if (in.workers < in.cores) return fmt::format("try -w {}", std::min(in.workers * 2, in.cores));
  return in.cores == 1 ? "the parser bounds it on the one core there is: only more cores or fewer "
                         "pages (--exclude) help"
                       : fmt::format(
                             "the parser bounds it on the {} cores there are: only more cores or "
                             "fewer pages (--exclude) help",
                             in.cores);
}

std::string owner_advice(const BoundInput& in) {
  return in.owner_transfers ? "--engine threads takes the transfers off it (TLS, large bodies); "
                              "else fewer links a page (--exclude)"
                            : "fewer links a page (--exclude) is all that helps";
}

Bound bound_by_wait(const BoundInput& in, Wait longest) {
  switch (longest) {
    case Wait::kPoliteness: return {"politeness", politeness_advice(in)};
    case Wait::kBackOff:
      return {"back-off", fmt::format("{} attempts failed and were left alone for a while before "
                                      "the next: --retries 0 does without",
                                      in.meter->retries)};
    case Wait::kHostBusy:
      return {"politeness", fmt::format("hosts ({}) were asked {} at a time and took their time to "
                                        "answer: a larger --per-host if they are yours",
                                        in.slowest_host, in.per_host)};
    case Wait::kRate:
      return {"politeness", "--rate was reached: a larger one if the hosts are yours"};
    case Wait::kSlots:
      return {"fetch", fmt::format("all {} requests were in flight: try -c {}", in.concurrency,
                                   in.concurrency * 2)};
    case Wait::kParse: return {"parse", "captures waited for a parse worker: " + parse_advice(in)};
    case Wait::kOutput:
      return {"output", "whoever reads standard output (--print) did not keep up"};
    case Wait::kDisk: return {"disk", "captures waited to be written: a faster disk for -o"};
    case Wait::kRoom:
      return {"room", "the crawl paused for want of disk, descriptors or memory: more of it"};
    case Wait::kLookup:
      return {"fetch", "names and robots.txt had to be fetched first: more hosts at once help"};
    case Wait::kReading:
      if (in.busy.parse < kIdle) break;
      return {"parse", fmt::format("the last documents took their time in the parse workers (busy "
                                   "{:.0f} %): see what was set aside",
                                   in.busy.parse * 100)};
    case Wait::kDiscovery: break;
  }
  return {"nothing left to do",
          "every URL found so far was asked for before new ones came to light"};
}

}  // namespace

Bound what_bounded(const BoundInput& in) {
  if (in.busy.owner >= kBusy) {
    return {"owner", fmt::format("the owner's thread was busy {:.0f} % of the time: {}",
                                 in.busy.owner * 100, owner_advice(in))};
  }
  if (in.busy.parse >= kBusy) {
    return {"parse", fmt::format("parse workers were busy {:.0f} % of the time: {}",
                                 in.busy.parse * 100, parse_advice(in))};
  }
  if (in.busy.disk >= kBusy) {
    return {"disk", fmt::format("the appender was busy {:.0f} % of the time: a faster disk for -o",
                                in.busy.disk * 100)};
  }
  const auto& waited = in.meter->waited;
  const auto longest = std::max_element(waited.begin(), waited.end());
  return bound_by_wait(in, static_cast<Wait>(longest - waited.begin()));
}

}  // namespace scraper
