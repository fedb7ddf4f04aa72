#include "tests/parse/conformance.h"

#include <boost/json/parse.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "tests/catch.h"

namespace scraper::parse::testing {

namespace {

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot open " + path);
  std::ostringstream bytes;  // in one piece: a character at a time takes seconds over an archive
  bytes << in.rdbuf();
  return std::move(bytes).str();
}

std::string shell_word(const std::string& path) { return "'" + path + "'"; }

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  if (!pipe) throw std::runtime_error("cannot start " + command);
  std::string out;
  char buffer[65536];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe.get()))
    out.append(buffer, count);
  return out;
}

std::optional<std::string> conformance_path(const std::string& name) {
  const char* directory = std::getenv("SCRAPER_CONFORMANCE");
  if (directory == nullptr) {
    WARN("skipped: SCRAPER_CONFORMANCE is not set");
    return std::nullopt;
  }
  return std::string(directory) + "/" + name;
}

}  // namespace

std::optional<std::string> conformance_file(const std::string& name) {
  const auto path = conformance_path(name);
  if (!path) return std::nullopt;
  return path->ends_with(".xz") ? output_of("xz -dc " + shell_word(*path)) : read_file(*path);
}

std::vector<std::string> conformance_names(const std::string& folder) {
  std::vector<std::string> names;
  const auto path = conformance_path(folder);
  if (!path) return names;
  for (const auto& entry : std::filesystem::directory_iterator(*path))
    names.push_back(entry.path().filename());
  return names;
}

std::string base64_decoded(std::string_view text) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = (bits << 6) | static_cast<std::uint32_t>(kDigits.find(c));
    if ((count += 6) < 8) continue;
    out += static_cast<char>(bits >> (count -= 8));
  }
  return out;
}

std::optional<boost::json::value> conformance_json(const std::string& name) {
  const auto text = conformance_file(name);
  if (!text) return std::nullopt;
  return boost::json::parse(*text);
}

UnpackedArchive::UnpackedArchive(const std::string& name) {
  std::string pattern = std::filesystem::temp_directory_path() / "scraper-test-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
  directory_ = pattern;
  const std::string command =
      "tar -xJf " + shell_word(conformance_path(name).value()) + " -C " + shell_word(directory_);
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

UnpackedArchive::~UnpackedArchive() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string UnpackedArchive::read(const std::string& path) const {
  return read_file(directory_ + "/" + path);
}

std::vector<std::string> UnpackedArchive::paths() const {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_)) {
    if (entry.is_regular_file())
      paths.push_back(std::filesystem::relative(entry.path(), directory_));
  }
  return paths;
}

}  // namespace scraper::parse::testing
