// TextCollector: the visible text of a document. Pure; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace scraper::parse {

// Collects text with runs of ASCII white space as one space and none at either end, counting code
// points; keeps the text itself only up to `keep` bytes, whole code points of them. What is added
// must be UTF-8.
class TextCollector {
 public:
  explicit TextCollector(std::size_t keep) : keep_(keep) {}
  // `slack`: how many bytes behind the text may be read, too, which makes short pieces cheap; what
  // is there does not matter.
  void add(std::string_view text, std::size_t slack = 0);
  void separate() { wants_space_ = true; }
  std::uint64_t code_points() const { return code_points_; }
  const std::string& text() const { return text_; }

 private:
  void count(std::string_view text, std::size_t slack);
  void keep(std::string_view text);

  std::size_t keep_;
  std::string text_;
  std::uint64_t code_points_ = 0;
  bool wants_space_ = false;
  bool is_full_ = false;
};

}  // namespace scraper::parse
