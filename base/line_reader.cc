#include "base/line_reader.h"

#include <algorithm>

#include "base/output.h"

namespace scraper::cli {

bool LineReader::next(std::string& line, bool& is_cut) {
  line.clear();
  is_cut = false;
  bool has_any = false;
  while (fill()) {
    has_any = true;
    const std::string_view rest(buffer_.data() + at_, size_ - at_);
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::size_t room = longest_ - line.size();
    line.append(rest.substr(0, std::min(end, room)));
    is_cut = is_cut || end > room;
    at_ += std::min(end + 1, rest.size());
    if (end < rest.size()) return true;
  }
  return has_any;
}

// peek() waits until the stream's own buffer holds something; no more than that is taken.
bool LineReader::fill() {
  if (at_ < size_) return true;
  if (in_.peek() == std::istream::traits_type::eof()) return false;
  const std::streamsize there = std::max<std::streamsize>(1, in_.rdbuf()->in_avail());
  in_.read(buffer_.data(), std::min(there, static_cast<std::streamsize>(buffer_.size())));
  size_ = static_cast<std::size_t>(in_.gcount());
  at_ = 0;
  return size_ > 0;
}

int answer_lines(std::istream& in, std::size_t longest, const LineAnswer& answer) {
  constexpr std::size_t kEnough = 64u << 10;
  LineReader lines(in, longest);
  std::string line;
  std::string out;
  for (bool is_cut = false; lines.next(line, is_cut);) {
    out += answer(line, is_cut);
    if (out.size() < kEnough && !lines.is_drained()) continue;
    if (const int failed = write_standard_output(out)) return failed;
    out.clear();
  }
  return in.bad() ? complain(errno_error("cannot read", "standard input")) : 0;
}

}  // namespace scraper::cli
