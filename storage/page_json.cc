#include "storage/page_json.h"

namespace scraper::storage {

namespace {

// Members that only a record can fill: null without one.
template <class Write>
void write_or_null(JsonWriter& json, std::string_view key, const PageRecord* record, Write write) {
  json.key(key);
  if (record == nullptr) {
    json.null();
  } else {
    write(*record);
  }
}

}  // namespace

void write_text(JsonWriter& json, std::string_view key, std::string_view text) {
  json.key(key);
  if (text.empty()) {
    json.null();
  } else {
    json.value(text);
  }
}

void write_page_members(JsonWriter& json, const Capture& capture, const PageRecord* record) {
  static const PageRecord kNoRecord;
  const PageRecord& page = record != nullptr ? *record : kNoRecord;
  const bool has_answer = capture.has_answer();

  json.key("status");
  if (capture.status != 0) {
    json.value(capture.status);
  } else {
    json.null();
  }
  write_text(json, "content_type", page.content_type);
  write_text(json, "charset", page.charset);
  write_text(json, "title", page.title);
  write_text(json, "description", page.description);
  write_text(json, "lang", page.lang);
  write_text(json, "canonical", page.canonical);
  write_text(json, "base", page.base);
  write_text(json, "robots", page.robots);
  write_text(json, "location", page.location);
  write_text(json, "digest", has_answer ? to_string(capture.digest) : std::string());
  json.key("size");
  if (has_answer) {
    json.value(capture.body.size);
  } else {
    json.null();
  }
  write_or_null(json, "decoded_size", record,
                [&](const PageRecord& r) { json.value(r.decoded_size); });
  write_or_null(json, "text_length", record,
                [&](const PageRecord& r) { json.value(r.text_length); });
  json.field("truncated", capture.is_truncated);
  write_text(json, "fault",
             page.fault == PageFault::kNone ? std::string_view{} : to_string(page.fault));
  write_or_null(json, "links_count", record,
                [&](const PageRecord& r) { json.value(r.links.size()); });
  write_or_null(json, "links_cut", record, [&](const PageRecord& r) { json.value(r.links_cut); });
  write_or_null(json, "links_too_long", record,
                [&](const PageRecord& r) { json.value(r.links_too_long); });
}

void write_links(JsonWriter& json, const PageRecord* record) {
  write_or_null(json, "links", record, [&](const PageRecord& r) {
    json.begin_array();
    for (const Link& link : r.links) {
      json.begin_object()
          .field("url", link.url)
          .field("kind", to_string(link.kind))
          .field("nofollow", link.is_nofollow)
          .end_object();
    }
    json.end_array();
  });
}

void write_page_text(JsonWriter& json, const PageRecord* record) {
  write_or_null(json, "text", record, [&](const PageRecord& r) { json.value(r.text); });
}

std::string to_json_page(const Capture& capture, const PageRecord* record, std::string_view error,
                         bool wants_text) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("url", capture.url.href());
  write_page_members(json, capture, record);
  write_text(json, "error", error);
  write_links(json, record);
  if (wants_text) write_page_text(json, record);
  json.end_object();
  return out;
}

}  // namespace scraper::storage
