// What the test server does at which path. Pure: the same request always gives the same bytes, so a
// test can compute them.
//
//   /status/N              status N, a short body           /delay/MS/REST          REST's answer
//   after MS milliseconds /bytes/N               N bytes, patterned_bytes(N)      /chunked/N the
//   same, in chunks of 1,000 /close-delimited/N     the same, no length, then FIN    /big-head/N a
//   header field of N bytes /html/NAME             a page; ?links=a,b links to them /charset/NAME
//   a page in that charset; ?declared=0: unsaid /echo                  the request head as it came
//   /robots.txt             TestServer::set_robots /redirect/N            to /redirect/N-1 …
//   /redirect/0   /redirect-to?url=U&status=N  302 to U (taken as it is) /loop/a, /loop/b       302
//   to each other                /retry-after/VALUE      503 with it /gzip /deflate /raw-deflate
//   /br /zstd                   encoded_text() so encoded; below them /gzip/N: patterned_bytes(N)
//   /bomb/N                N MiB of zeros, gzipped          /bad-gzip               claims gzip, is
//   none /encoding/TOKENS       plain body under that Content-Encoding
//
// Misbehaviour. What is not said to end keeps the connection.
//
//   /drop                  FIN before any byte              /reset                  RST before any
//   byte /reset-in-head         RST inside the header block      /reset-in-body          RST after
//   100 of 1,000 bytes /partial               FIN after 100 of 1,000 bytes     /wrong-length 10
//   declared, 20 sent /partial-chunked       FIN inside a chunk               /bad-chunk a chunk
//   size that is no number /two-lengths           Content-Length 5 and 7           /same-lengths
//   Content-Length 5 twice /bad-length            Content-Length: five /length-and-chunked     both
//   /trailers              chunked with trailer fields      /endless-trailers       without end
//   /drip/MS/N             N bytes, one each MS ms          /drip-head/MS/N         a head that
//   takes N steps of MS ms /endless               a body without end               /endless-chunked
//   the same in chunks /endless-headers       a head without end               /endless-interim 100
//   Continue without end /interim/N             N times 100 Continue, then 200   /early-hints 103
//   with Link, then 200 /http09                a body without a head            /http10 HTTP/1.0,
//   close /bad-status            "HTTP/1.1 two hundred"           /huge-status            "HTTP/1.1
//   99999 X" /nul-header            NUL in a field's value           /obs-fold               a
//   folded field /no-reason             "HTTP/1.1 200"                   /bare-lf lines end with LF
//   alone /space-before-colon    "Name : value"                   /garbage                bytes
//   that are no HTTP /204-with-body /304-with-body                           a body where there
//   must be none /silent                reads and never answers (a gate without release: hold()
//   does the same for any path)
//
// Below /graph/ and /shortcut/ are the computed sites of graph.h.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tests/support/test_server.h"

namespace scraper::test {

// The answer to any request that no test has claimed; 404 for a path not listed above.
RawReply built_in_reply(const Request& request);

std::string patterned_bytes(std::size_t size);

// The text under /gzip and its like, compressible, with non-ASCII letters (UTF-8), a few KiB.
std::string encoded_text();

// What /charset/NAME shows as title and in its paragraph, in UTF-8 (before conversion).
std::string_view charset_text();

}  // namespace scraper::test
