#include "fetch/line_pool.h"

#include <algorithm>
#include <iterator>

namespace scraper::fetch {

std::unique_ptr<Line> LinePool::lend(const std::string& origin) {
  const auto entry = by_origin_.find(origin);
  return entry == by_origin_.end() ? std::make_unique<Line>(sockets_)
                                   : remove(entry->second.back());
}

void LinePool::give_back(std::string origin, std::unique_ptr<Line> line) {
  if (line->sockets() == 0) {
    evicted_.push_back(std::move(line));
    return;
  }
  by_age_.push_back({std::move(origin), std::move(line)});
  by_origin_[by_age_.back().origin].push_back(std::prev(by_age_.end()));
  if (by_age_.size() > most_idle_) evicted_.push_back(remove(by_age_.begin()));
}

std::unique_ptr<Line> LinePool::remove(Place place) {
  const auto entry = by_origin_.find(place->origin);
  auto& places = entry->second;
  places.erase(std::find(places.begin(), places.end(), place));
  if (places.empty()) by_origin_.erase(entry);
  auto line = std::move(place->line);
  by_age_.erase(place);
  return line;
}

}  // namespace scraper::fetch
