// Lines of a stream, with a bound on each, which std::getline has not. What is there is handed out
// before more is waited for, so that a program at the other end of a pipe gets its answers.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <istream>
#include <string>
#include <string_view>

namespace scraper::cli {

class LineReader {
 public:
  // `longest` in bytes.
  LineReader(std::istream& in, std::size_t longest) : in_(in), longest_(longest) {}

  // False at the end. A line longer than the bound comes cut, `is_cut` true. The line feed is left
  // out.
  bool next(std::string& line, bool& is_cut);

  // Might next() wait? Time to write out what has been gathered.
  bool is_drained() const { return at_ == size_; }

 private:
  bool fill();

  std::istream& in_;
  std::size_t longest_;
  std::array<char, 64u << 10> buffer_{};
  std::size_t at_ = 0;
  std::size_t size_ = 0;
};

// Writes to standard output what `answer` makes of each line, when enough has been gathered or the
// next line may be long in coming. The exit code: 0, or that of a stream that failed, which has
// been said.
using LineAnswer = std::function<std::string(std::string_view line, bool is_cut)>;
int answer_lines(std::istream& in, std::size_t longest, const LineAnswer& answer);

}  // namespace scraper::cli
