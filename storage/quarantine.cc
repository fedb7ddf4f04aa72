#include "storage/quarantine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/file.h"
#include "base/json_writer.h"
#include "base/kill_point.h"
#include "base/shell_word.h"
#include "storage/warc.h"

namespace scraper::storage {

namespace {

std::string to_json(const SetAside& document, std::string_view command) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .field("url", document.url)
      .field("reason", document.reason)
      .field("attempts", document.attempts);
  json.field("segment", segment_name(document.place.segment))
      .field("offset", document.place.offset);
  json.field("length", document.place.length).field("crc32c", document.place.crc32c);
  json.field("reproduce", command).end_object();
  return out += '\n';
}

}  // namespace

std::string Quarantine::reproduce_command(const Place& place) const {
  const std::string path = fmt::format("{}/warc/{}", output_, segment_name(place.segment));
  return fmt::format("{} extract {} --record {}:{} --parser {}", shell_quoted(program_),
                     shell_quoted(path), place.offset, place.length, parser_);
}

Result<std::unique_ptr<Quarantine>> Quarantine::open(const std::string& output,
                                                     const std::string& program,
                                                     std::string_view parser, std::uint64_t count) {
  const std::string path = output + "/quarantine";
  Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return errno_error("cannot open", path);
  return std::unique_ptr<Quarantine>(
      new Quarantine(std::filesystem::absolute(output).lexically_normal().string(), program, parser,
                     std::move(directory), count));
}

Result<void> Quarantine::set_aside(const SetAside& document) {
  const std::string name = fmt::format("{:05}.json", count_);
  const std::string part = name + ".part";
  const std::string where = output_ + "/quarantine/" + name;
  const Descriptor file(::openat(directory_.get(), part.c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return errno_error("cannot create", where + ".part");
  kill_point("quarantine.made");
  const std::string told = to_json(document, reproduce_command(document.place));
  kill_point("quarantine.half",
             [&] { write_all(file.get(), std::string_view(told).substr(0, told.size() / 2)); });
  bool is_written = write_all(file.get(), told);
  kill_point("quarantine.written");
  if (is_written)
    is_written = ::renameat(directory_.get(), part.c_str(), directory_.get(), name.c_str()) == 0;
  kill_point("quarantine.named");
  if (!is_written) {
    Error error = errno_error("cannot write", where);
    ::unlinkat(directory_.get(), part.c_str(), 0);
    return error;
  }
  ++count_;
  return {};
}

}  // namespace scraper::storage
