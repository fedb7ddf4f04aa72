#include "parse/page.h"

#include <charconv>
#include <new>
#include <optional>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/http_head.h"
#include "base/percent.h"
#include "base/utf8.h"
#include "parse/html/document.h"
#include "parse/html/extract.h"
#include "parse/html/relations.h"
#include "parse/html/scan.h"
#include "parse/links.h"
#include "parse/record_codec.h"
#include "parse/robots.h"
#include "parse/robots_directives.h"
#include "parse/sitemap.h"
#include "parse/text/charset.h"
#include "parse/text/content_type.h"
#include "parse/text/decode.h"
#include "parse/text/text_collector.h"
#include "parse/url/url.h"

namespace scraper::parse {

namespace {

// Where the line after the first empty one begins, or npos. A server may have ended its lines with
// a bare LF.
std::size_t end_of_head(std::string_view block) {
  for (auto at = block.find('\n'); at != block.npos; at = block.find('\n', at + 1)) {
    if (block.substr(at + 1, 1) == "\n") return at + 2;
    if (block.substr(at + 1, 2) == "\r\n") return at + 3;
  }
  return block.npos;
}

std::optional<std::size_t> parse_size(std::string_view digits) {
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size())
    return std::nullopt;
  return size;
}

// The value of a field of the WARC header, whose lines end in CR LF.
std::optional<std::string_view> warc_field(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const auto end = header.find("\r\n");
    const std::string_view line = header.substr(0, end);
    header = end == header.npos ? std::string_view{} : header.substr(end + 2);
    const auto colon = line.find(':');
    if (colon != line.npos && are_same_ignoring_case(line.substr(0, colon), name))
      return strip_ascii_space(line.substr(colon + 1));
  }
  return std::nullopt;
}

// In an HTTP field bytes past ASCII have no meaning of their own; percent-encoded they go back to
// the server as they came.
std::string escaped_non_ascii(std::string_view field) {
  std::string out;
  for (char c : field) {
    static_cast<unsigned char>(c) < 0x80 ? out.push_back(c) : append_escape(out, c);
  }
  return out;
}

std::string joined(const std::vector<std::string_view>& fields,
                   const std::vector<std::string>& metas) {
  std::string out;
  const auto add = [&out](std::string_view text) {
    if (!text.empty()) out.append(out.empty() ? "" : ", ").append(text);
  };
  for (const auto field : fields) add(first_bytes(field, kMaxRobots));
  for (const auto& meta : metas) add(meta);
  return out;
}

constexpr std::string_view kRecordEnd = "\r\n\r\n";

struct WarcHeader {
  std::string_view target_uri;
  std::size_t block_size = 0;
  std::string_view rest;  // what follows the header
};

std::optional<WarcHeader> read_warc_header(std::string_view bytes) {
  constexpr std::string_view kVersion = "WARC/1.1\r\n";
  constexpr std::string_view kEnd = "\r\n\r\n";
  const auto header_end = bytes.find(kEnd);
  if (bytes.substr(0, kVersion.size()) != kVersion || header_end == bytes.npos) return std::nullopt;
  const std::string_view header = bytes.substr(kVersion.size(), header_end - kVersion.size());
  const auto type = warc_field(header, "WARC-Type");
  const auto target = warc_field(header, "WARC-Target-URI");
  const auto length = parse_size(warc_field(header, "Content-Length").value_or(""));
  if (type != "response" || !target || !length) return std::nullopt;
  return WarcHeader{*target, *length, bytes.substr(header_end + kEnd.size())};
}

bool is_success(int status) { return status >= 200 && status < 300; }
bool is_redirect(int status) { return status >= 300 && status < 400; }

}  // namespace

bool split_record(std::string_view record, RecordView& view) {
  const auto header = read_warc_header(record);
  if (!header || header->rest.size() < kRecordEnd.size()) return false;
  const std::string_view block = header->rest.substr(0, header->rest.size() - kRecordEnd.size());
  if (block.size() != header->block_size || header->rest.substr(block.size()) != kRecordEnd)
    return false;
  const auto body = end_of_head(block);
  if (body == block.npos) return false;
  view = {header->target_uri, block.substr(0, body), block.substr(body)};
  return true;
}

bool split_record(std::string_view head, std::string_view body, RecordView& view) {
  const auto header = read_warc_header(head);
  if (!header || header->rest.size() + body.size() != header->block_size) return false;
  if (end_of_head(header->rest) != header->rest.size()) return false;
  view = {header->target_uri, header->rest, body};
  return true;
}

struct PageParser::State {
  template <class Limits>
  State(PageOptions o, const Limits& limits)
      : options(std::move(o)), arena(limits), links(options, arena) {}

  std::string_view answer(const RecordView* view, TaskKind kind);
  void write_answer(const RecordView* view, TaskKind kind);
  void read(const RecordView& view, TaskKind kind, PageRecord& record);
  void echo(std::string_view body, PageRecord& record);
  void read_robots(std::string_view body, PageRecord& record);
  void read_sitemap(const HttpHead& head, std::string_view body, const Url& target,
                    PageRecord& record);
  void take_entries(const UrlList& list, const Url& target, PageRecord& record);
  void read_page(const HttpHead& head, std::string_view body, const Url& target,
                 PageRecord& record);
  void read_html(std::string_view html, const Encoding& encoding, const Url& target,
                 PageRecord& record);
  void read_xml(std::string_view text, const Url& target, PageRecord& record);
  void read_text(std::string_view text, PageRecord& record);
  void take_directives(const std::vector<std::string_view>& fields, PageRecord& record);
  void take_header_links(const HttpHead& head, const Url& target, PageRecord& record);
  void take_links(const Extract& page, const Encoding& encoding, const Url& target,
                  PageRecord& record);
  LinkKindSet kinds_for(TaskKind kind) const;
  void take_location(std::string_view field, const Url& target, PageRecord& record);
  std::string_view decoded(const HttpHead& head, std::string_view body, PageRecord& record);
  std::optional<Url> base_in(const WrittenDocument& document, const Url& fallback,
                             const Encoding& encoding) const;

  PageOptions options;
  Arena arena;
  Decoder decoder;
  Decoder file_decoder;  // of a file that is compressed itself: reads what the other one gave
  LinkSet links;
  std::string utf8;
  std::string robots_storage;
  Extract page;
  std::string encoded;
  bool is_sitemap_cut = false;
  Overrun overrun = Overrun::kNone;
};

void PageParser::State::read(const RecordView& view, TaskKind kind, PageRecord& record) {
  if (kind == TaskKind::kEcho) return echo(view.body, record);
  record.fault = PageFault::kBadRecord;
  const auto target = Url::from_serialised(std::string(view.target_uri));
  const auto head = parse_http_head(view.head);
  if (!target || !head) return;
  record.fault = PageFault::kNone;
  record.status = head->status;
  record.content_type = arena.copy(content_type(*head).essence);
  record.retry_after = head->field("retry-after").value_or("");
  if (const auto location = head->field("location"); location && is_redirect(head->status))
    take_location(*location, *target, record);
  const std::string_view body = decoded(*head, view.body, record);
  if (kind == TaskKind::kRobots) {
    if (is_success(head->status)) read_robots(body, record);
  } else if (kind == TaskKind::kSitemap) {
    if (is_success(head->status)) read_sitemap(*head, body, *target, record);
  } else {
    read_page(*head, body, *target, record);
  }
}

// What a sitemap lists is wanted whatever is followed: the crawl keeps what it says.
LinkKindSet PageParser::State::kinds_for(TaskKind kind) const {
  constexpr LinkKindSet kListed =
      set_of(LinkKind::kPage) | set_of(LinkKind::kSitemap) | set_of(LinkKind::kAlternate);
  return kind == TaskKind::kSitemap ? options.kinds | kListed : options.kinds;
}

void PageParser::State::echo(std::string_view body, PageRecord& record) {
  record.decoded_size = body.size();
  if (options.wants_text) record.text = body;
}

void PageParser::State::take_location(std::string_view field, const Url& target,
                                      PageRecord& record) {
  const std::string location = escaped_non_ascii(field);
  const auto url = parse_url(location, &target);
  if (!url) return;
  if (url->href().size() <= options.max_url) record.location = arena.copy(url->href());
  links.add({location, LinkKind::kRedirect, false}, target, *utf8_encoding());
}

std::string_view PageParser::State::decoded(const HttpHead& head, std::string_view body,
                                            PageRecord& record) {
  const Decoded result =
      decoder.undo(body, head.all("content-encoding"), {options.max_decoded, options.max_ratio});
  record.fault = result.fault;
  record.decoded_size = result.bytes.size();
  return result.bytes;
}

void PageParser::State::read_robots(std::string_view body, PageRecord& record) {
  record.robots_rules = parse_robots(body, options.robots_agent, robots_storage);
}

void PageParser::State::read_page(const HttpHead& head, std::string_view body, const Url& target,
                                  PageRecord& record) {
  const ContentType type = content_type(head);
  const bool is_html = type.is_html() || (type.essence.empty() && looks_like_html(body));
  page = {};
  const bool is_xml =
      !is_html && (type.is_xml() || (type.essence.empty() && body.starts_with("<?xml")));
  if (!body.empty() && (is_html || is_xml || type.is_text())) {
    const CharsetDecision charset = decide_charset(body, type.charset, is_html || is_xml);
    record.charset = charset.encoding->name;
    const std::string_view text = to_utf8(body.substr(charset.bom_length), *charset.encoding, utf8);
    if (is_html) {
      record.content_type = type.essence.empty() ? "text/html" : record.content_type;
      read_html(text, *charset.encoding, target, record);
    } else {
      if (is_xml && is_success(record.status)) read_xml(text, target, record);
      if (type.is_text()) read_text(text, record);
    }
  }
  if (is_success(record.status)) take_header_links(head, target, record);
  take_directives(head.all("x-robots-tag"), record);
}

void PageParser::State::take_directives(const std::vector<std::string_view>& fields,
                                        PageRecord& record) {
  RobotsDirectives asked;
  for (const std::string_view field : fields)
    add_field_directives(field, options.robots_agent, asked);
  for (const std::string& content : page.robots) add_meta_directives(content, asked);
  record.asks_nofollow = asked.asks_nofollow;
  record.asks_noindex = asked.asks_noindex;
  record.robots = arena.copy(joined(fields, page.robots));
}

// One link past the limit is read, so that it is seen that there were more.
void PageParser::State::read_xml(std::string_view text, const Url& target, PageRecord& record) {
  const UrlList list = read_xml_list(text, options.max_links + std::size_t{1}, options.max_url);
  if (list.is_broken && record.fault == PageFault::kNone) record.fault = PageFault::kBadXml;
  for (const ListedLink& link : list.links)
    links.add({link.url, link.kind}, target, *utf8_encoding());
}

// A sitemap may be a gzipped file, whatever the fields say of it.
void PageParser::State::read_sitemap(const HttpHead& head, std::string_view body, const Url& target,
                                     PageRecord& record) {
  if (body.starts_with("\x1F\x8B")) {
    const Decoded file =
        file_decoder.undo(body, {"gzip"}, {options.max_decoded, options.max_ratio});
    if (record.fault == PageFault::kNone) record.fault = file.fault;
    body = file.bytes;
    record.decoded_size = body.size();
  }
  const bool is_too_large = body.size() > kLargestSitemap;
  if (is_too_large) body = body.substr(0, kLargestSitemap);
  const CharsetDecision charset = decide_charset(body, content_type(head).charset, true);
  record.charset = charset.encoding->name;
  const UrlList list = parse::read_sitemap(
      to_utf8(body.substr(charset.bom_length), *charset.encoding, utf8), options.max_url);
  if (record.fault == PageFault::kNone && !list.is_list) record.fault = PageFault::kNoSitemap;
  if (record.fault == PageFault::kNone && list.is_broken && !is_too_large)
    record.fault = PageFault::kBadXml;
  is_sitemap_cut = list.is_cut || is_too_large;
  take_entries(list, target, record);
}

// An entry's own URL comes before its other links, whatever their order; one without a URL that
// could be taken is none.
void PageParser::State::take_entries(const UrlList& list, const Url& target, PageRecord& record) {
  const auto add = [&](const ListedLink& link) {
    return links.add({link.url, link.kind}, target, *utf8_encoding());
  };
  std::uint32_t open = ListedLink::kNoEntry;  // the entry whose links are at hand
  bool is_taken = false;
  for (std::size_t i = 0; i < list.links.size(); ++i) {
    const ListedLink& link = list.links[i];
    const ListedEntry* const entry =
        link.entry == ListedLink::kNoEntry ? nullptr : &list.entries[link.entry];
    if (entry != nullptr && link.entry != open && entry->link != ListedEntry::kNoLink) {
      const auto own = add(list.links[entry->link]);
      is_taken = own.has_value();
      if (own)
        record.sitemap_entries.push_back({*own, arena.copy(entry->lastmod),
                                          arena.copy(entry->changefreq),
                                          arena.copy(entry->priority), 0});
    }
    open = link.entry;
    if (entry != nullptr && entry->link == i) continue;
    const auto at = add(link);
    if (!at || !is_taken || entry == nullptr || link.kind != LinkKind::kAlternate ||
        link.lang.empty())
      continue;
    record.sitemap_alternates.push_back({*at, arena.copy(link.lang)});
    ++record.sitemap_entries.back().alternates;
  }
}

void PageParser::State::read_text(std::string_view text, PageRecord& record) {
  TextCollector collector(options.wants_text ? kMaxText : 0);
  collector.add(text);
  page.text = collector.text();
  record.text = page.text;
  record.text_length = collector.code_points();
}

void PageParser::State::read_html(std::string_view html, const Encoding& encoding,
                                  const Url& target, PageRecord& record) {
  const ExtractOptions wanted{is_success(record.status), &arena, agent_name(options.robots_agent),
                              options.wants_text ? kMaxText : 0, options.max_depth};
  if (options.parser == Parser::kScan) {
    page = scan(html, wanted);
  } else {
    const GumboNode* const document = parse_html(html, arena);
    if (document == nullptr) return;  // the arena knows why
    page = extract(*document, wanted);
  }
  if (page.is_too_deep && record.fault == PageFault::kNone) record.fault = PageFault::kTooDeep;
  record.title = page.title;
  record.description = page.description;
  record.lang = page.lang;
  record.text = page.text;
  record.text_length = page.text_length;
  take_links(page, encoding, target, record);
}

// The base URL that a document names (HTML Standard 2.4.1). Only http and https are taken: with any
// other every relative link would leave the web.
std::optional<Url> PageParser::State::base_in(const WrittenDocument& document, const Url& fallback,
                                              const Encoding& encoding) const {
  if (!document.base_href) return std::nullopt;
  auto base = resolve(*document.base_href, fallback, encoding);
  if (!base || !base->is_http() || base->href().size() > options.max_url) return std::nullopt;
  return base;
}

void PageParser::State::take_links(const Extract& extracted, const Encoding& encoding,
                                   const Url& target, PageRecord& record) {
  std::vector<Url> bases;
  for (const WrittenDocument& document : extracted.documents) {
    Url base = bases.empty() ? target : bases[document.parent];
    auto named = base_in(document, base, encoding);
    if (named && bases.empty()) record.base = arena.copy(named->href());
    if (named) base = std::move(*named);
    bases.push_back(std::move(base));
  }
  for (const WrittenLink& link : extracted.links) {
    links.add(link, bases[link.document], encoding);
    if (link.kind != LinkKind::kCanonical || !record.canonical.empty()) continue;
    const auto url = resolve(link.href, bases[link.document], encoding);
    if (url && url->is_http() && url->href().size() <= options.max_url)
      record.canonical = arena.copy(url->href());
  }
}

// What the answer itself refers to, whatever its body is: Link (RFC 8288) and Refresh. What the
// document says of its canonical URL counts before what is said here.
void PageParser::State::take_header_links(const HttpHead& head, const Url& target,
                                          PageRecord& record) {
  const auto take = [&](std::string_view reference, LinkKind kind) {
    links.add({reference, kind}, target, *utf8_encoding());
    if (kind != LinkKind::kCanonical || !record.canonical.empty()) return;
    const auto url = parse_url(reference, &target);
    if (url && url->is_http() && url->href().size() <= options.max_url)
      record.canonical = arena.copy(url->href());
  };
  for (const std::string_view field : head.all("link")) {
    const std::string escaped = escaped_non_ascii(field);
    for (const FieldLink& link : parse_link_field(escaped)) take(link.target, link.kind);
  }
  const std::string refresh = escaped_non_ascii(head.field("refresh").value_or(""));
  if (const auto url = refresh_url(refresh)) take(*url, LinkKind::kRefresh);
}

PageParser::PageParser(PageOptions options, OutOfMemory out_of_memory)
    : state_(std::make_unique<State>(std::move(options), out_of_memory)) {}

PageParser::PageParser(PageOptions options, const DocumentLimits& limits)
    : state_(std::make_unique<State>(std::move(options), limits)) {}

PageParser::~PageParser() = default;

void PageParser::State::write_answer(const RecordView* view, TaskKind kind) {
  const Duration start = thread_cpu();
  arena.reset();
  links.clear(kinds_for(kind));
  is_sitemap_cut = false;
  PageRecord record;
  if (view != nullptr) {
    read(*view, kind, record);
  } else {
    record.fault = PageFault::kBadRecord;
  }
  record.links.swap(links.links());
  record.links_cut = links.is_cut() || is_sitemap_cut;
  record.links_too_long = links.too_long();
  record.cpu_micros = whole_micros(thread_cpu() - start);
  encode(record, encoded);
  record.links.swap(links.links());  // its memory is kept for the next page
}

// Where the CPU time went does not matter: a document that was not stopped in time is over its
// limit all the same.
std::string_view PageParser::State::answer(const RecordView* view, TaskKind kind) {
  overrun = Overrun::kNone;
  if (!arena.has_limits()) {
    write_answer(view, kind);
    return encoded;
  }
  try {
    write_answer(view, kind);
    overrun = arena.overrun();
    if (overrun == Overrun::kNone && arena.is_out_of_time()) overrun = Overrun::kCpu;
  } catch (const std::bad_alloc&) {
    overrun = Overrun::kMemory;
  }
  return overrun == Overrun::kNone ? std::string_view(encoded) : std::string_view();
}

std::string_view PageParser::parse(std::string_view warc_record, TaskKind kind) {
  RecordView view;
  return state_->answer(split_record(warc_record, view) ? &view : nullptr, kind);
}

std::string_view PageParser::parse(std::string_view head, std::string_view body, TaskKind kind) {
  RecordView view;
  if (split_record(head, body, view)) return state_->answer(&view, kind);
  return parse(std::string(head).append(body).append(kRecordEnd), kind);
}

Overrun PageParser::overrun() const { return state_->overrun; }

}  // namespace scraper::parse
