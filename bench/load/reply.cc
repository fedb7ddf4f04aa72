#include "bench/load/reply.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace scraper::bench {

namespace {

constexpr std::string_view kWords[] = {"measure", "thread", "answer",     "while",  "page", "of",
                                       "the",     "a",      "connection", "waits",  "much", "and",
                                       "loop",    "often",  "costs",      "memory", "are",  "in"};

std::string make_block() {
  std::string block =
      "<!doctype html>\n<html lang=en><head><meta charset=utf-8><title>A page of the load "
      "server</title></head>\n<body>\n";
  std::uint32_t state = 1;  // always the same page
  while (block.size() < kLoadBlock) {
    block += "<p>";
    for (int words = 0; words < 60; ++words) {
      state = state * 1664525 + 1013904223;
      block += kWords[(state >> 16) % std::size(kWords)];
      block += words == 59 ? ".</p>\n" : " ";
    }
  }
  block.resize(kLoadBlock);
  return block;
}

constexpr std::string_view line_of(LoadReply::Status status) {
  switch (status) {
    case LoadReply::Status::kOk: return "200 OK";
    case LoadReply::Status::kBadRequest: return "400 Bad Request";
    case LoadReply::Status::kNotFound: return "404 Not Found";
    case LoadReply::Status::kNotAllowed:
      return "405 Method Not Allowed\r\nAllow: GET";  // RFC 9110, 15.5.6
  }
  return "500 Internal Server Error";
}

}  // namespace

std::string_view load_block() {
  static const std::string block = make_block();
  return block;
}

void LoadReply::start(Status status, std::uint64_t size, bool is_last) {
  body_ = size;
  is_last_ = is_last;
  text_.clear();
  write_head(status, "text/html; charset=utf-8");
}

void LoadReply::start_json(std::string text, bool is_last) {
  text_ = std::move(text);
  body_ = text_.size();
  is_last_ = is_last;
  write_head(Status::kOk, "application/json");
}

void LoadReply::write_head(Status status, std::string_view type) {
  const auto end = fmt::format_to_n(
      head_.data(), head_.size(),
      FMT_COMPILE("HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}\r\n"),
      line_of(status), type, body_, is_last_ ? "Connection: close\r\n" : "");
  head_size_ = end.size;
  position_ = 0;
}

std::span<const iovec> LoadReply::rest(std::array<iovec, kParts>& parts) const {
  std::size_t count = 0;
  std::uint64_t at = position_;
  const auto add = [&](const char* from, std::uint64_t size) {
    parts[count++] = {const_cast<char*>(from), static_cast<std::size_t>(size)};
    at += size;
  };
  if (at < head_size_) add(head_.data() + at, head_size_ - at);
  const std::string_view block = text_.empty() ? load_block() : std::string_view(text_);
  while (at < total() && count < kParts) {
    const std::uint64_t from = (at - head_size_) % block.size();
    add(block.data() + from, std::min(block.size() - from, total() - at));
  }
  return {parts.data(), count};
}

}  // namespace scraper::bench
