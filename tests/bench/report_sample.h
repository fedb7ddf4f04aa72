// A measurement as it might be, written by a model instead of a machine: for the tests of what
// reads one.
#pragma once

#include <string>

namespace scraper::test {

// engines.json: threads fall behind from 1,000 connections at 50 ms and 5,000 at 200 ms on, cannot
// be had at 10,000; HTTPS, bodies, new connections, tasks and a load server are in it.
std::string sample_engines();

// handoff.json: shm wins below 100 KB, file above; file costs a few percent over inline with gumbo.
std::string sample_handoffs();

}  // namespace scraper::test
