#include "tests/support/graph.h"

#include <fmt/format.h>

#include <charconv>
#include <deque>

namespace scraper::test {

namespace {

constexpr unsigned kDefaultSize = 200;

unsigned number(std::string_view text, unsigned otherwise) {
  unsigned value = otherwise;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : otherwise;
}

std::string page(std::string_view title, const std::vector<std::string>& links) {
  std::string body = "<!doctype html><html lang=en><title>" + std::string(title) +
                     "</title><body><h1>" + std::string(title) + "</h1>";
  for (const std::string& link : links) body += "<p><a href=\"" + link + "\">" + link + "</a>";
  return body;
}

RawReply graph_page(unsigned n, unsigned size, const std::string& query) {
  std::vector<std::string> links;
  for (unsigned to : graph_links(n, size)) links.push_back("/graph/" + std::to_string(to) + query);
  return html(page("Graph page " + std::to_string(n), links));
}

RawReply graph_answer(const Request& request, unsigned n) {
  const unsigned size = number(request.parameter("size"), kDefaultSize);
  const std::string query = request.query().empty() ? "" : fmt::format("?{}", request.query());
  if (n >= size || graph_kind(n) == GraphKind::kMissing)
    return reply(404, "Content-Type: text/plain\r\n", "no such page\n");
  RawReply answer = graph_kind(n) == GraphKind::kRedirect
                        ? redirect(302, "/graph/" + std::to_string(graph_redirect(n, size)) + query)
                        : graph_page(n, size, query);
  if (n % 13 == 7)
    answer.steps.front().pause = std::chrono::milliseconds(number(request.parameter("slow"), 0));
  return answer;
}

std::optional<std::vector<std::string>> shortcut_links(std::string_view name) {
  if (name == "start") return {{"chain/1", "slow"}};
  if (name == "slow" || name == "chain/5") return {{"x"}};
  if (name == "x") return {{"after/1"}};
  if (name == "after/9") return std::vector<std::string>();
  const auto slash = name.find('/');
  const unsigned n = slash == std::string_view::npos ? 0 : number(name.substr(slash + 1), 0);
  const bool is_known =
      name.substr(0, slash) == "chain" ? n < 5 : name.substr(0, slash) == "after" && n < 9;
  if (n == 0 || !is_known) return std::nullopt;
  return {{std::string(name.substr(0, slash + 1)) + std::to_string(n + 1)}};
}

}  // namespace

GraphKind graph_kind(unsigned n) {
  if (n % 17 == 3) return GraphKind::kRedirect;
  return n % 23 == 5 ? GraphKind::kMissing : GraphKind::kPage;
}

// A binary tree makes all reachable in few steps, one jump ahead gives shorter ways, one step back
// gives circles.
std::vector<unsigned> graph_links(unsigned n, unsigned size) {
  std::vector<unsigned> links;
  for (unsigned to : {2 * n + 1, 2 * n + 2}) {
    if (to < size) links.push_back(to);
  }
  links.push_back((7 * n + 11) % size);
  links.push_back(n / 2);
  return links;
}

unsigned graph_redirect(unsigned n, unsigned size) { return (5 * n + 1) % size; }

std::map<unsigned, unsigned> graph_depths(unsigned size) {
  std::map<unsigned, unsigned> depths;
  std::deque<std::pair<unsigned, unsigned>> queue{
      {0, 0}};  // number and depth, never a deeper one before a shallower
  while (!queue.empty()) {
    const auto [n, depth] = queue.front();
    queue.pop_front();
    if (!depths.emplace(n, depth).second || graph_kind(n) == GraphKind::kMissing) continue;
    if (graph_kind(n) == GraphKind::kRedirect) {
      queue.emplace_front(graph_redirect(n, size), depth);
      continue;
    }
    for (unsigned to : graph_links(n, size)) queue.emplace_back(to, depth + 1);
  }
  return depths;
}

std::string graph_path(unsigned n, unsigned size) {
  return "/graph/" + std::to_string(n) + "?size=" + std::to_string(size);
}

std::optional<RawReply> graph_reply(const Request& request) {
  const std::string_view path = request.path();
  if (path.substr(0, 7) == "/graph/")
    return graph_answer(request, number(path.substr(7), 1'000'000'000));
  if (path.substr(0, 10) != "/shortcut/") return std::nullopt;
  const auto links = shortcut_links(path.substr(10));
  if (!links) return reply(404, "", "");
  std::vector<std::string> absolute;
  for (const std::string& link : *links) absolute.push_back("/shortcut/" + link);
  return html(page(path, absolute));
}

}  // namespace scraper::test
