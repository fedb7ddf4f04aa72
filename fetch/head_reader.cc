#include "fetch/head_reader.h"

#include <utility>

#include "base/http_head.h"

namespace scraper::fetch {

bool HeadReader::take(std::string_view line) {
  size_ += line.size();
  if (size_ > limit_)
    return refuse(FetchError::kHeadTooLarge,
                  "more than " + std::to_string(limit_) + " bytes of header fields");
  if (is_complete_) return true;  // a trailer
  head_.append(line);
  return line == "\r\n" || line == "\n" ? end_block() : true;
}

bool HeadReader::end_block() {
  const auto head = parse_http_head(head_);
  if (!head) return refuse(FetchError::kProtocol, "the status line is none");
  if (head->status == 101)
    return refuse(FetchError::kProtocol, "101 Switching Protocols, which nobody asked for");
  if (head->status < 200) {
    head_.clear();
    return true;
  }
  if (auto fault = framing_fault(*head)) return refuse(FetchError::kProtocol, std::move(*fault));
  status_ = head->status;
  is_complete_ = true;
  return true;
}

bool HeadReader::refuse(FetchError error, std::string fault) {
  error_ = error;
  fault_ = std::move(fault);
  return false;
}

}  // namespace scraper::fetch
