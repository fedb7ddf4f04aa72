// What the tests of the parse pool speak in: an archive written by hand, and a pool that is asked
// for pages and run, with a deadline, until they are there.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "parse/workers/pool.h"

namespace scraper::parse {

// Segments as files without a name, each written record by record.
class Archive {
 public:
  // A response record with that body, in `segment`, which is made when it is not there.
  Place add(std::string_view body, std::uint32_t segment = 0);
  Place add_page(std::string_view title, std::uint32_t segment = 0);
  Result<int> open(std::uint32_t segment) const;

  // The record as it would be in memory still: body and all before it.
  RecordBytes bytes_at(const Place& place) const;

 private:
  struct File {
    Descriptor descriptor;
    std::uint64_t size = 0;
  };
  std::vector<File> files_;
};

// A hand-off, and whether the bytes come with the task or are to be read from the archive.
struct Way {
  Handoff handoff = Handoff::kFile;
  bool is_in_memory = false;
};

// For GENERATE: all of them, and those that are processes.
std::vector<Way> all_ways();
std::vector<Way> ways_of_processes();
std::string to_string(const Way& way);

class Rig {
 public:
  explicit Rig(Way way = {});
  ~Rig();

  Archive archive;
  PoolOptions options;  // read by start()

  void start();  // REQUIREs that it works
  void stop() { pool_.reset(); }
  ParsePool& pool() { return *pool_; }
  boost::asio::io_context& io() { return io_; }

  bool is_inline() const { return options.handoff == Handoff::kInline; }

  // Asks for a page; what comes of it is outcome(number), number being how many were asked before.
  std::size_t ask(Place place, TaskKind kind = TaskKind::kPage);
  std::size_t ask_page(const std::string& title) { return ask(archive.add_page(title)); }

  // Handles events until `condition` holds; REQUIREs that it does within a minute.
  void run_until(const std::function<bool()>& condition);
  void run();  // until everything asked is there

  const ParseOutcome& outcome(std::size_t number) const { return *outcomes_[number]; }
  std::string title(std::size_t number) const;   // of the record; "failed: …" where there is none
  std::string reason(std::size_t number) const;  // of the failure; empty where there is none

  // The same with bytes that are not those of the place.
  std::size_t ask_with(Place place, RecordBytes bytes);

  // One page through, so that a worker is known to be up. The pages asked for are counted with the
  // others.
  void warm_up();

 private:
  boost::asio::awaitable<void> follow(std::size_t number, Place place, TaskKind kind,
                                      RecordBytes bytes);
  std::size_t start_following(Place place, TaskKind kind, RecordBytes bytes);

  bool is_in_memory_;
  boost::asio::io_context io_;
  std::unique_ptr<ParsePool> pool_;
  std::vector<std::unique_ptr<ParseOutcome>> outcomes_;
  std::size_t there_ = 0;
};

std::size_t open_descriptors();  // of this process

// An executable of the build, beside the test program.
std::string beside_this_program(std::string_view name);

}  // namespace scraper::parse
