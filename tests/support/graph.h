// Two computed sites, so that a test can say exactly what a crawl must find, and at which depth.
//
// /graph/N?size=S&slow=MS, N from 0 to S-1 (S is 200 where it is not given): page N links to
// graph_links(N, S), the query carried along. Numbers that are 3 modulo 17 redirect (302) to
// graph_redirect, those that are 5 modulo 23 are 404 (0 is neither); with slow=MS those that are 7
// modulo 13 answer MS milliseconds late. Everything follows from these functions.
//
// /shortcut/start links to /shortcut/chain/1 and to /shortcut/slow. chain/1 … chain/5 link to the
// next, chain/5 to /shortcut/x: depth 6 that way. /shortcut/slow links to /shortcut/x too: depth 2.
// /shortcut/x leads on to /shortcut/after/1 … /shortcut/after/9. So with
// --depth 6 a crawler that is told of x by the chain first, and by the slow page later, must still
// find after/1 … after/4. Hold /shortcut/slow until /shortcut/x was asked for.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/test_server.h"

namespace scraper::test {

enum class GraphKind { kPage, kRedirect, kMissing };

GraphKind graph_kind(unsigned n);
std::vector<unsigned> graph_links(unsigned n, unsigned size);  // of a page
unsigned graph_redirect(unsigned n, unsigned size);            // of a redirect

// Depth of every number that links and redirects lead to from 0, by the rule of the crawl: a link
// adds one, a redirect nothing.
std::map<unsigned, unsigned> graph_depths(unsigned size);

// "/graph/7?size=200"
std::string graph_path(unsigned n, unsigned size);

// Nothing when the path is of neither site.
std::optional<RawReply> graph_reply(const Request& request);

}  // namespace scraper::test
