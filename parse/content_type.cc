#include "parse/content_type.h"

#include <algorithm>

#include "parse/utf8.h"

namespace scraper::parse {

namespace {

constexpr std::size_t kLongestEssence = 255;  // RFC 6838 4.2 allows 127 on either side

bool is_token(std::string_view text) {  // RFC 9110 5.6.2
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_ascii_alpha(c) || (c >= '0' && c <= '9') || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

std::string essence_of(std::string_view field) {
  const std::string_view type = strip_ascii_space(field.substr(0, field.find(';')));
  const auto slash = type.find('/');
  if (type.size() > kLongestEssence || slash == type.npos) return {};
  if (!is_token(type.substr(0, slash)) || !is_token(type.substr(slash + 1))) return {};
  std::string lower(type);
  for (char& c : lower) c = ascii_lower(c);
  return lower;
}

}  // namespace

ContentType content_type(const HttpHead& head) {
  ContentType type;
  for (std::string_view field : head.all("content-type")) {
    std::string essence = essence_of(field);
    if (!essence.empty()) type = {std::move(essence), field};
  }
  return type;
}

bool looks_like_html(std::string_view bytes) {
  if (bytes.substr(0, 3) == "\xEF\xBB\xBF") bytes.remove_prefix(3);
  while (!bytes.empty() && is_ascii_space(bytes[0])) bytes.remove_prefix(1);
  if (bytes.substr(0, 4) == "<!--") return true;
  for (std::string_view tag : {"<!doctype html", "<html", "<head", "<script", "<iframe", "<h1", "<div", "<font", "<table", "<a",
                               "<style", "<title", "<b", "<body", "<br", "<p"}) {
    if (bytes.size() <= tag.size() || !equals_ignoring_case(bytes.substr(0, tag.size()), tag)) continue;
    if (bytes[tag.size()] == ' ' || bytes[tag.size()] == '>') return true;
  }
  return false;
}

}  // namespace scraper::parse
