#include "tests/support/behaviours.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "tests/support/encodings.h"
#include "tests/support/graph.h"

namespace scraper::test {

namespace {

using namespace std::string_view_literals;
using std::chrono::milliseconds;

constexpr std::string_view kTextType = "Content-Type: text/plain\r\n";
constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\n";

// "/a/b/c" as "a" and {"b", "c"}; what follows `most` arguments stays in the last one.
struct Path {
  explicit Path(std::string_view whole)
      : rest(whole.substr(std::min<std::size_t>(1, whole.size()))) {
    name = next();
  }

  std::string_view next() {
    const std::string_view part = rest.substr(0, rest.find('/'));
    rest = rest.substr(std::min(part.size() + 1, rest.size()));
    return part;
  }

  std::size_t next_number(std::size_t otherwise = 0) {
    const std::string_view part = next();
    std::size_t value = otherwise;
    std::from_chars(part.data(), part.data() + part.size(), value);
    return value;
  }

  std::string_view name;
  std::string_view rest;
};

RawReply not_found() { return reply(404, kTextType, "the test server has no such path\n"); }

std::string chunk(std::string_view bytes) {
  char size[20];
  const auto end = std::to_chars(size, size + sizeof size, bytes.size(), 16).ptr;
  return std::string(size, end) + "\r\n" + std::string(bytes) + "\r\n";
}

std::string chunked(std::string_view bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 1'000) out += chunk(bytes.substr(at, 1'000));
  return out;
}

const std::string kChunkedHead =
    std::string(kOk) + "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n";

RawReply encoded(std::string_view coding, std::string_view body) {
  return reply(200,
               "Content-Type: text/plain; charset=utf-8\r\nContent-Encoding: " +
                   std::string(coding) + "\r\n",
               body);
}

// What is always the same bytes.
const std::map<std::string_view, RawReply>& fixed_replies() {
  const std::string ok(kOk);
  const std::string hundred = patterned_bytes(100);
  const std::string promised =
      ok + "Content-Type: text/plain\r\nContent-Length: 1000\r\n\r\n" + hundred;
  static const std::map<std::string_view, RawReply> kReplies = {
      {"drop", {{}, End::kClose}},
      {"silent", {{{"", std::chrono::hours(1)}}, End::kClose}},
      {"reset", {{}, End::kReset}},
      {"reset-in-head", raw(ok + "Content-Type: te", End::kReset)},
      {"reset-in-body", raw(promised, End::kReset)},
      {"partial", raw(promised)},
      {"partial-chunked", raw(kChunkedHead + "3e8\r\n" + hundred)},
      {"wrong-length", raw(ok + "Content-Length: 10\r\n\r\n" + patterned_bytes(20))},
      {"two-lengths", raw(ok + "Content-Length: 5\r\nContent-Length: 7\r\n\r\nabcdefg")},
      {"same-lengths", raw(ok + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde", End::kKeep)},
      {"bad-length", raw(ok + "Content-Length: five\r\n\r\nabcde")},
      {"length-and-chunked",
       raw(ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n")},
      {"bad-chunk", raw(kChunkedHead + "5\r\nabcde\r\nxyz\r\nabcde\r\n0\r\n\r\n")},
      {"trailers", raw(ok + "Transfer-Encoding: chunked\r\nTrailer: "
                            "X-Sum\r\n\r\n5\r\nabcde\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n",
                       End::kKeep)},
      {"early-hints", raw("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n" +
                              ok + "Content-Length: 5\r\n\r\nabcde",
                          End::kKeep)},
      {"http09", raw("<p>no head at all\n")},
      {"http10", raw("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nabcde")},
      {"bad-status", raw("HTTP/1.1 two hundred\r\nContent-Length: 5\r\n\r\nabcde")},
      {"huge-status", raw("HTTP/1.1 99999 X\r\nContent-Length: 5\r\n\r\nabcde")},
      {"no-reason", raw("HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nabcde", End::kKeep)},
      {"nul-header", raw(ok + std::string("X-Odd: a\0b\r\nContent-Length: 5\r\n\r\nabcde"sv))},
      {"obs-fold", raw(ok + "X-Folded: one\r\n two\r\nContent-Length: 5\r\n\r\nabcde", End::kKeep)},
      {"bare-lf", raw("HTTP/1.1 200 OK\nContent-Length: 5\nX-Lf: yes\n\nabcde", End::kKeep)},
      {"space-before-colon", raw(ok + "X-Spaced : yes\r\nContent-Length: 5\r\n\r\nabcde")},
      {"garbage",
       raw(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03 no HTTP\r\n\r\n"sv))},
      {"204-with-body", raw("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nabcde")},
      {"304-with-body", raw("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nabcde")},
      {"endless",
       {{{ok + "Content-Type: text/plain\r\n\r\n"}, {patterned_bytes(65'536), {}, true}},
        End::kClose}},
      {"endless-chunked",
       {{{kChunkedHead}, {chunk(patterned_bytes(65'536)), {}, true}}, End::kClose}},
      {"endless-headers",
       {{{ok}, {"X-Again: " + std::string(1'000, 'x') + "\r\n", {}, true}}, End::kClose}},
      {"endless-trailers",
       {{{kChunkedHead + "0\r\n"}, {"X-Again: " + patterned_bytes(1'000) + "\r\n", {}, true}},
        End::kClose}},
      {"endless-interim", {{{"HTTP/1.1 100 Continue\r\n\r\n", {}, true}}, End::kClose}},
      {"gzip", encoded("gzip", gzipped(encoded_text()))},
      {"deflate", encoded("deflate", zlib_wrapped(encoded_text()))},
      {"raw-deflate", encoded("deflate", raw_deflated(encoded_text()))},
      {"br", encoded("br", brotli(encoded_text()))},
      {"zstd", encoded("zstd", zstd(encoded_text()))},
      {"bad-gzip", encoded("gzip", "this is no gzip")},
  };
  return kReplies;
}

RawReply drip(std::string head, Path& path) {
  const milliseconds pause(path.next_number());
  const std::string body = patterned_bytes(path.next_number(10));
  RawReply answer;
  answer.steps.push_back(
      {std::move(head) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n"});
  for (char byte : body) answer.steps.push_back({std::string(1, byte), pause});
  return answer;
}

RawReply drip_head(Path& path) {
  const milliseconds pause(path.next_number());
  RawReply answer;
  answer.steps.push_back({std::string(kOk)});
  for (std::size_t n = path.next_number(10); n > 0; --n)
    answer.steps.push_back({"X-Step: " + std::to_string(n) + "\r\n", pause});
  answer.steps.push_back({"Content-Length: 5\r\n\r\nabcde"});
  return answer;
}

RawReply interim(std::size_t times) {
  std::string bytes;
  for (; times > 0; --times) bytes += "HTTP/1.1 100 Continue\r\n\r\n";
  return raw(bytes + std::string(kOk) + "Content-Length: 5\r\n\r\nabcde", End::kKeep);
}

RawReply html_page(const Request& request, std::string_view name) {
  std::string body =
      "<!doctype html><title>" + std::string(name) + "</title><h1>" + std::string(name) + "</h1>";
  for (std::string_view rest = request.parameter("links"); !rest.empty();) {
    const std::string link(rest.substr(0, rest.find(',')));
    rest = rest.substr(std::min(link.size() + 1, rest.size()));
    body += "<p><a href=\"" + link + "\">" + link + "</a>";
  }
  return html(body);
}

RawReply charset_page(const Request& request, std::string_view name) {
  const std::string text(charset_text());
  const std::string page =
      "<!doctype html><html lang=ru><title>" + text + "</title><p>" + text + "</p>";
  const bool is_declared = request.parameter("declared", "1") != "0";
  const std::string type =
      "Content-Type: text/html" + (is_declared ? "; charset=" + std::string(name) : "") + "\r\n";
  return reply(200, type, in_charset(page, std::string(name)));
}

RawReply delayed(Request request, Path& path) {
  const milliseconds pause(path.next_number());
  request.target = fmt::format("/{}", path.rest);
  RawReply answer = built_in_reply(request);
  if (!answer.steps.empty()) answer.steps.front().pause += pause;
  return answer;
}

RawReply status_reply(std::size_t status) {
  return reply(static_cast<int>(status), kTextType, "status " + std::to_string(status) + "\n");
}

RawReply redirect_reply(std::size_t left) {
  return left == 0 ? html("<title>the end of the chain</title>")
                   : redirect(302, "/redirect/" + std::to_string(left - 1));
}

RawReply redirect_to(const Request& request) {
  const std::string_view status = request.parameter("status", "302");
  int number = 302;
  std::from_chars(status.data(), status.data() + status.size(), number);
  return redirect(number, request.parameter("url"));
}

RawReply echo(const Request& request) {
  std::string body = request.method + " " + request.target + "\n";
  for (const auto& [name, value] : request.headers) body += name + ": " + value + "\n";
  return reply(200, kTextType, body);
}

using Maker = RawReply (*)(const Request&, Path&);

// What has arguments.
const std::map<std::string_view, Maker> kMakers = {
    {"status", [](const Request&, Path& p) { return status_reply(p.next_number(200)); }},
    {"delay", [](const Request& r, Path& p) { return delayed(r, p); }},
    {"bytes", [](const Request&,
                 Path& p) { return reply(200, kTextType, patterned_bytes(p.next_number())); }},
    {"chunked",
     [](const Request&, Path& p) {
       return raw(kChunkedHead + chunked(patterned_bytes(p.next_number(5'000))) + "0\r\n\r\n",
                  End::kKeep);
     }},
    {"close-delimited",
     [](const Request&, Path& p) {
       return raw(std::string(kOk) + "\r\n" + patterned_bytes(p.next_number(5'000)));
     }},
    {"big-head",
     [](const Request&, Path& p) {
       return reply(200, "X-Big: " + patterned_bytes(p.next_number()) + "\r\n", "abcde");
     }},
    {"drip", [](const Request&,
                Path& p) { return drip(std::string(kOk) + "Content-Type: text/plain\r\n", p); }},
    {"drip-head", [](const Request&, Path& p) { return drip_head(p); }},
    {"interim", [](const Request&, Path& p) { return interim(p.next_number(1)); }},
    {"html", [](const Request& r, Path& p) { return html_page(r, p.rest); }},
    {"charset", [](const Request& r, Path& p) { return charset_page(r, p.next()); }},
    {"echo", [](const Request& r, Path&) { return echo(r); }},
    {"redirect", [](const Request&, Path& p) { return redirect_reply(p.next_number()); }},
    {"redirect-to", [](const Request& r, Path&) { return redirect_to(r); }},
    {"loop",
     [](const Request&, Path& p) { return redirect(302, p.rest == "a" ? "/loop/b" : "/loop/a"); }},
    {"retry-after",
     [](const Request&, Path& p) {
       return reply(503, "Retry-After: " + std::string(p.rest) + "\r\n", "later\n");
     }},
    {"gzip", [](const Request&,
                Path& p) { return encoded("gzip", gzipped(patterned_bytes(p.next_number()))); }},
    {"bomb",
     [](const Request&, Path& p) {
       return encoded("gzip", gzipped(std::string(p.next_number(1) << 20, '\0')));
     }},
    {"encoding",
     [](const Request&, Path& p) { return encoded(p.rest, "plain whatever the field says\n"); }},
};

}  // namespace

std::string patterned_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<char>(i % 64 == 63 ? '\n' : 'a' + (i + i / 64) % 26);
  return bytes;
}

std::string encoded_text() {
  std::string text;
  for (int line = 1; line <= 60; ++line)
    text += "Zeile " + std::to_string(line) + ": Grüße aus Köln, 東京 und Москва.\n";
  return text;
}

std::string_view charset_text() { return "Привет, мир: проверка кодировки"; }

RawReply built_in_reply(const Request& request) {
  if (auto answer = graph_reply(request)) return std::move(*answer);
  Path path(request.path());
  if (path.rest.empty()) {
    const auto fixed = fixed_replies().find(path.name);
    if (fixed != fixed_replies().end()) return fixed->second;
  }
  const auto maker = kMakers.find(path.name);
  return maker == kMakers.end() ? not_found() : maker->second(request, path);
}

}  // namespace scraper::test
