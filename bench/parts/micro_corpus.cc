#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "base/utf8.h"
#include "bench/parts/micro.h"
#include "parse/url/url.h"

namespace scraper::micro {

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> html_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; at != end; at.increment(error)) {
    if (at->path().extension() == ".html" && at->is_regular_file()) files.push_back(at->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(file), {}};
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return content;
}

}  // namespace

Corpus load_corpus(const std::string& name, const std::string& folder, const std::string& site) {
  Corpus corpus{name, {}, 0};
  for (const fs::path& path : html_files(folder)) {
    auto url = parse::parse_url(site + path.lexically_relative(folder).string());
    Page page{url.value(), content_of(path)};
    if (!scraper::is_utf8(page.html)) throw std::runtime_error(path.string() + " is not UTF-8");
    corpus.bytes += page.html.size();
    corpus.pages.push_back(std::move(page));
  }
  if (corpus.pages.empty())
    throw std::runtime_error("no pages of " + name + " (*.html) in " + folder);
  return corpus;
}

Capture capture_of(const Page& page) {
  Capture capture;
  capture.url = page.url;
  const std::string host(page.url.host());
  capture.request_head = "GET " + std::string(page.url.path()) + " HTTP/1.1\r\nHost: " + host +
                         "\r\nUser-Agent: scraper/0.1\r\nAccept: "
                         "text/html,*/*;q=0.8\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n\r\n";
  capture.head =
      "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Mon, 23 Nov 2026 12:00:00 "
      "GMT\r\nContent-Type: text/html\r\n"
      "Content-Length: " +
      std::to_string(page.html.size()) +
      "\r\nLast-Modified: Sun, 09 Apr 2017 12:00:00 GMT\r\n"
      "Connection: keep-alive\r\nETag: \"58ea2a40-9c1f\"\r\nAccept-Ranges: bytes\r\n\r\n";
  capture.body.memory = page.html;
  capture.body.size = page.html.size();
  capture.status = 200;
  capture.remote_address = "127.0.0.1";
  capture.protocol = "http/1.1";
  capture.received_bytes = capture.head.size() + page.html.size();
  capture.timing = {wall_now(), std::chrono::milliseconds(1), std::chrono::milliseconds(2),
                    std::chrono::milliseconds(3)};
  return capture;
}

}  // namespace scraper::micro
