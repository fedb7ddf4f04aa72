// Conformance data: files made by others, found through the environment variable
// SCRAPER_CONFORMANCE. Where that is not set, the tests that need them say so and pass.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scraper::parse::testing {

// The whole of a file below the directory; nothing (after a warning) when there is no directory.
// Names ending in .xz are unpacked.
std::optional<std::string> conformance_file(const std::string& name);

// The files in a folder below the directory; none (after a warning) when there is no directory.
std::vector<std::string> conformance_names(const std::string& folder);

std::optional<boost::json::value> conformance_json(const std::string& name);

std::string base64_decoded(std::string_view text);

// Every file of a .tar.xz below the directory, in a temporary directory that is removed with the
// object.
class UnpackedArchive {
 public:
  explicit UnpackedArchive(const std::string& name);
  UnpackedArchive(const UnpackedArchive&) = delete;
  UnpackedArchive& operator=(const UnpackedArchive&) = delete;
  ~UnpackedArchive();
  std::vector<std::string> paths() const;
  std::string read(const std::string& path) const;

 private:
  std::string directory_;
};

}  // namespace scraper::parse::testing
