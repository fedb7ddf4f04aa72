// Stages without a process or a socket: a web of pages in memory, whose transfers take virtual
// time, and an archive that only gives places.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/alarm.h"
#include "scraper/crawl/stages.h"

namespace scraper::test {

struct SimulatedPage {
  int status = 200;
  std::vector<std::string> links;
  Duration takes = std::chrono::milliseconds(50);
  FetchError error = FetchError::kNone;
};

struct SimulatedRequest {
  std::string url;
  TimePoint at;
};

class SimulatedStages final : public Stages {
 public:
  // What a request for `url`, the `attempt`-th from 1, is answered with.
  using Web = std::function<SimulatedPage(const std::string& url, unsigned attempt)>;

  SimulatedStages(Clock& clock, Web web) : clock_(clock), web_(std::move(web)) {}

  boost::asio::awaitable<Capture> transfer(std::string url,
                                           std::optional<std::uint64_t> max_body) override;
  boost::asio::awaitable<bool> look_up(std::string) override { co_return true; }
  boost::asio::awaitable<Result<storage::Appended>> append(Capture capture) override;
  boost::asio::awaitable<parse::ParseOutcome> parse(Place place, parse::TaskKind kind,
                                                    RecordBytes bytes) override;
  Result<Capture> read_outline(Place) override { return Error{Errc::kFile, "nothing is kept"}; }
  bool is_full() const override { return false; }
  void rotate() override {}
  void cancel_transfers() override;
  StageStats stats() const override { return {}; }

  FingerprintKey key;            // of the crawl, for the links of records
  unsigned appends_to_fail = 0;  // for want of room
  std::vector<SimulatedRequest> requests;

 private:
  Clock& clock_;
  Web web_;
  bool is_cancelled_ = false;
  std::set<Alarm*> in_flight_;
  std::uint64_t end_ = 0;
  std::map<std::string, unsigned> attempts_;
  std::map<std::uint64_t, SimulatedPage> archive_;  // by offset
  std::map<std::string, SimulatedPage> answered_;   // the last answer of a URL
};

}  // namespace scraper::test
