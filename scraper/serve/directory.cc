#include "scraper/serve/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/ascii.h"
#include "base/percent.h"

namespace scraper::serve {

namespace {

constexpr std::size_t kMaxListed = 10'000;

// O_NONBLOCK: opening a FIFO must not wait; it is refused once fstat has told what it is.
constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

bool is_servable(std::string_view name) {
  return !name.empty() && name[0] != '.' && name.find('\0') == std::string_view::npos &&
         name.find('/') == std::string_view::npos;
}

// The path's segments, decoded; an empty last one when it ends with '/'. Nothing when one of them
// cannot be served.
std::optional<std::vector<std::string>> segments_of(std::string_view path) {
  if (path.empty() || path[0] != '/') return std::nullopt;
  std::vector<std::string> segments;
  for (std::size_t at = 1; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const auto segment = strict_percent_decode(path.substr(at, end - at));
    const bool is_end = end == path.size() && segment && segment->empty();
    if (!segment || (!is_end && !is_servable(*segment))) return std::nullopt;
    segments.push_back(*segment);
    at = end + 1;
  }
  return segments;
}

struct Entry {
  Descriptor descriptor;
  struct stat status {};
  bool is_file() const { return descriptor && S_ISREG(status.st_mode); }
  bool is_directory() const { return descriptor && S_ISDIR(status.st_mode); }
};

Entry open_entry(int directory, const std::string& name) {
  Entry entry;
  entry.descriptor.reset(::openat(directory, name.c_str(), kFlags));
  if (entry.descriptor && ::fstat(entry.descriptor.get(), &entry.status) != 0)
    entry.descriptor.reset();
  return entry;
}

Reply not_found() { return text_reply(404, "there is no such file here"); }

Reply file_reply(Entry entry, std::string_view name) {
  Reply reply;
  reply.headers.emplace_back("Content-Type", content_type_of(name));
  reply.headers.emplace_back("X-Content-Type-Options", "nosniff");
  reply.file = std::move(entry.descriptor);
  reply.file_size = static_cast<std::uint64_t>(entry.status.st_size);
  return reply;
}

// What would be served of a directory, sorted, directories with a '/' at their end.
std::vector<std::string> names_in(int directory) {
  std::vector<std::string> names;
  DIR* listing = ::fdopendir(::openat(directory, ".", kFlags | O_DIRECTORY));
  if (listing == nullptr) return names;
  while (const dirent* item = ::readdir(listing)) {
    if (!is_servable(item->d_name) || names.size() == kMaxListed) continue;
    struct stat status {};
    if (::fstatat(directory, item->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (S_ISDIR(status.st_mode)) names.push_back(std::string(item->d_name) + "/");
    if (S_ISREG(status.st_mode)) names.emplace_back(item->d_name);
  }
  ::closedir(listing);
  std::sort(names.begin(), names.end());
  return names;
}

Reply listing_reply(int directory, std::string_view path) {
  const std::string title = html_escaped(strict_percent_decode(path).value_or("/"));
  std::string page = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta "
      "charset=\"utf-8\"><title>{0}</title></head>\n",
      title);
  page += fmt::format("<body><h1>{}</h1>\n<ul>\n", title);
  if (path != "/") page += "<li><a href=\"../\">../</a></li>\n";
  for (const std::string& name : names_in(directory)) {
    const bool is_directory = name.back() == '/';
    const std::string link =
        percent_encode(std::string_view(name).substr(0, name.size() - (is_directory ? 1 : 0)));
    page += fmt::format("<li><a href=\"./{}{}\">{}</a></li>\n", link, is_directory ? "/" : "",
                        html_escaped(name));
  }
  Reply reply;
  reply.headers.emplace_back("Content-Type", "text/html; charset=utf-8");
  reply.body = page + "</ul></body></html>\n";
  return reply;
}

Reply directory_reply(int directory, std::string_view path) {
  Entry index = open_entry(directory, "index.html");
  return index.is_file() ? file_reply(std::move(index), "index.html")
                         : listing_reply(directory, path);
}

// Relative to the host, and never "//": that would name another host.
Reply with_slash(const std::vector<std::string>& segments) {
  std::string location;
  for (const std::string& segment : segments) location.append("/").append(percent_encode(segment));
  Reply reply = text_reply(301, "a directory's name ends with a slash");
  reply.headers.emplace_back("Location", location + "/");
  return reply;
}

}  // namespace

Result<Directory> Directory::open(const std::string& path) {
  Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor) return errno_error("cannot open directory", path);
  return Directory(std::move(descriptor));
}

Reply Directory::answer(const Request& request) const {
  const std::string_view path =
      std::string_view(request.target).substr(0, request.target.find('?'));
  const auto segments = segments_of(path);
  if (!segments) return not_found();
  Descriptor current(::openat(descriptor_.get(), ".", kFlags | O_DIRECTORY));
  for (std::size_t i = 0; i < segments->size(); ++i) {
    const std::string& name = (*segments)[i];
    if (name.empty()) return directory_reply(current.get(), path);
    Entry entry = open_entry(current.get(), name);
    const bool is_last = i + 1 == segments->size();
    if (is_last && entry.is_file()) return file_reply(std::move(entry), name);
    if (!entry.is_directory()) return not_found();
    if (is_last) return with_slash(*segments);
    current = std::move(entry.descriptor);
  }
  return not_found();
}

std::string_view content_type_of(std::string_view name) {
  static constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {"html", "text/html"},      {"htm", "text/html"},         {"xhtml", "application/xhtml+xml"},
      {"txt", "text/plain"},      {"css", "text/css"},          {"js", "text/javascript"},
      {"mjs", "text/javascript"}, {"json", "application/json"}, {"xml", "application/xml"},
      {"svg", "image/svg+xml"},   {"png", "image/png"},         {"jpg", "image/jpeg"},
      {"jpeg", "image/jpeg"},     {"gif", "image/gif"},         {"webp", "image/webp"},
      {"ico", "image/x-icon"},    {"bmp", "image/bmp"},         {"pdf", "application/pdf"},
      {"woff", "font/woff"},      {"woff2", "font/woff2"},      {"wasm", "application/wasm"},
      {"gz", "application/gzip"}, {"zip", "application/zip"},   {"mp4", "video/mp4"},
  };
  const std::size_t dot = name.rfind('.');
  const std::string ending = dot == name.npos ? "" : ascii_lowered(name.substr(dot + 1));
  const auto* found = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [&](const auto& type) { return type.first == ending; });
  return found == std::end(kTypes) ? "application/octet-stream" : found->second;
}

std::string html_escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace scraper::serve
