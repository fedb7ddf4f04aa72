// How our own failures travel: Result<T> up to whoever can decide, one line for the person.
//
// Three kinds of failure are kept apart. The web misbehaves: that is data (an outcome in a Capture
// or a page record), never an Error. We cannot do what was asked (a file, a descriptor, an option):
// an Error, carried in a Result. We are wrong: assert. An Error is a plain value, any thread may
// hold one.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace scraper {

// What kind of thing went wrong. Decides the exit code, see exit_code().
enum class Errc {
  kOther,      // anything without a code of its own
  kUsage,      // command line, config file or seed list
  kFile,       // reading or writing files
  kInvalid,    // bytes that do not have the form they should have
  kExhausted,  // no disk, memory or descriptors left: the crawl can be resumed
  kInUse,      // the directory belongs to a running crawl
};

// `context` is one line: what, where and what to do about it.
struct Error {
  Errc code = Errc::kOther;
  std::string context;
};

template <class T>
using Result = boost::system::result<T, Error>;

// Found by ADL when .value() is called on a Result that holds an Error: a mistake of ours, so it
// throws std::logic_error.
[[noreturn]] void throw_exception_from_error(const Error& error,
                                             const boost::source_location& where);

// The process exit code for an error of this kind, see "Exit codes" in docs/formats.md.
int exit_code(Errc code) noexcept;

// "cannot open x/y: No such file or directory": an Error from errno, which is read before anything
// else happens. ENOSPC, EDQUOT, EMFILE, ENFILE and ENOMEM become kExhausted, all else kFile.
Error errno_error(std::string_view what, std::string_view where);

inline Error usage_error(std::string context) { return {Errc::kUsage, std::move(context)}; }

}  // namespace scraper
