// An easy handle that asks for one URL again and again and counts what comes. One thread at a time.
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <memory>

#include "base/clock.h"
#include "bench/engines/cells.h"

namespace scraper::bench {

class BareHandle {
 public:
  // Asks for the URL that asker `index` of the cell has. `task` outlives it. curl_global_init was
  // called.
  BareHandle(const CellTask& task, std::size_t index);
  BareHandle(const BareHandle&) = delete;
  BareHandle& operator=(const BareHandle&) = delete;

  CURL* easy() const { return easy_.get(); }  // null: no memory
  std::size_t index() const { return index_; }

  void begin();
  TimePoint begun() const { return begun_; }

  // What was wrong with the answer, a static text; null: nothing.
  const char* fault(CURLcode code) const;

 private:
  static std::size_t count(char*, std::size_t size, std::size_t number, void* handle);

  struct Free {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };

  const Cell& cell_;
  std::size_t index_;
  std::size_t received_ = 0;
  TimePoint begun_{};
  std::unique_ptr<CURL, Free> easy_{curl_easy_init()};
};

}  // namespace scraper::bench
