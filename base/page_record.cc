#include "base/page_record.h"

namespace scraper {

std::string_view to_string(LinkKind kind) {
  switch (kind) {
    case LinkKind::kPage: return "page";
    case LinkKind::kFrame: return "frame";
    case LinkKind::kRefresh: return "refresh";
    case LinkKind::kCanonical: return "canonical";
    case LinkKind::kNext: return "next";
    case LinkKind::kRedirect: return "redirect";
    case LinkKind::kSitemap: return "sitemap";
    case LinkKind::kImage: return "image";
    case LinkKind::kIcon: return "icon";
    case LinkKind::kScript: return "script";
    case LinkKind::kStyle: return "style";
    case LinkKind::kMedia: return "media";
    case LinkKind::kObject: return "object";
    case LinkKind::kForm: return "form";
    case LinkKind::kFeed: return "feed";
    case LinkKind::kAlternate: return "alternate";
    case LinkKind::kManifest: return "manifest";
    case LinkKind::kCite: return "cite";
    case LinkKind::kLongdesc: return "longdesc";
    case LinkKind::kPing: return "ping";
    case LinkKind::kOther: return "other";
  }
  return "unknown";
}

std::string_view to_string(PageFault fault) {
  switch (fault) {
    case PageFault::kNone: return "none";
    case PageFault::kBadEncoding: return "bad content-encoding";
    case PageFault::kDecodedTooLarge: return "decoded too large";
    case PageFault::kUnknownEncoding: return "unknown content-encoding";
    case PageFault::kBadXml: return "bad XML";
    case PageFault::kNoSitemap: return "no sitemap";
    case PageFault::kTooDeep: return "too deep";
    case PageFault::kBadRecord: return "bad record";
  }
  return "unknown";
}

}  // namespace scraper
