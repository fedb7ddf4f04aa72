#include "scraper/rules/followed_links.h"

#include <string>
#include <vector>

#include "tests/catch.h"

using namespace scraper;

namespace {

PageRecord page() {
  PageRecord record;
  record.links = {{"http://a.test/page", {}, LinkKind::kPage, false},
                  {"http://a.test/image", {}, LinkKind::kImage, false},
                  {"http://a.test/frame", {}, LinkKind::kFrame, true},
                  {"http://a.test/target", {}, LinkKind::kRedirect, false}};
  return record;
}

// The path's last part, "-" behind it where it is not to be followed.
std::vector<std::string> followed(const PageRecord& record, const CrawlOptions& options,
                                  bool is_redirect = false) {
  std::vector<std::string> found;
  each_followed_link(record, is_redirect, options, [&](const Link& link, bool is_nofollow) {
    found.push_back(std::string(link.url.substr(14)) + (is_nofollow ? "-" : ""));
  });
  return found;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("the kinds that were asked for are followed, of a redirect its target alone") {
  CrawlOptions options;
  options.follow = set_of(LinkKind::kPage) | set_of(LinkKind::kFrame);
  CHECK(followed(page(), options) == Names{"page", "frame"});
  options.follow = set_of(LinkKind::kImage);
  CHECK(followed(page(), options) == Names{"image"});
  CHECK(followed(page(), options, true) == Names{"target"});
}

TEST_CASE("a page is heeded that asks not to follow, a link only where that was asked for") {
  CrawlOptions options;
  options.follow = kUsualKinds;
  options.obeys_rel_nofollow = true;
  CHECK(followed(page(), options) == Names{"page", "frame-"});
  options.obeys_rel_nofollow = false;
  CHECK(followed(page(), options) == Names{"page", "frame"});
  PageRecord record = page();
  record.asks_nofollow = true;
  CHECK(followed(record, options) == Names{"page-", "frame-"});
  options.ignores_meta_nofollow = true;
  CHECK(followed(record, options) == Names{"page", "frame"});
}
