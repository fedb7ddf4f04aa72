#include "storage/told_barrier.h"

#include <boost/json.hpp>

#include "base/file.h"

namespace scraper {

namespace {

constexpr std::size_t kMostReport = 64u << 20;

}  // namespace

std::optional<std::uint64_t> told_barrier(const std::string& directory) {
  const auto text = read_file(directory + "/report.json", kMostReport);
  if (!text) return std::nullopt;
  boost::system::error_code error;
  const auto report = boost::json::parse(*text, error);
  const auto* const object = error ? nullptr : report.if_object();
  const auto* const barriers = object == nullptr ? nullptr : object->if_contains("barriers");
  const auto* const figures = barriers == nullptr ? nullptr : barriers->if_object();
  const auto* const last = figures == nullptr ? nullptr : figures->if_contains("last");
  if (last == nullptr || !last->is_int64() || last->get_int64() < 0) return std::nullopt;
  return static_cast<std::uint64_t>(last->get_int64());
}

}  // namespace scraper
