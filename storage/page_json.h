// How a page looks as JSON: the members that a result line and the object printed by `scraper
// fetch` and `scraper extract` share. Pure; any thread. docs/results.md describes each field.
#pragma once

#include <string>
#include <string_view>

#include "base/capture.h"
#include "base/json_writer.h"
#include "base/page_record.h"

namespace scraper::storage {

// A member that is null when `text` is empty.
void write_text(JsonWriter& json, std::string_view key, std::string_view text);

// "status" … "fault": what the answer and its record say. `record` may be null: no answer, or no
// worker got through it.
void write_page_members(JsonWriter& json, const Capture& capture, const PageRecord* record);

// "links": [{"url", "kind", "nofollow"}, …] in document order; null without a record.
void write_links(JsonWriter& json, const PageRecord* record);

// "text": null without a record.
void write_page_text(JsonWriter& json, const PageRecord* record);

// One JSON object on one line, without its line end: what `scraper fetch` and `scraper extract`
// print. An empty `error` is null.
std::string to_json_page(const Capture& capture, const PageRecord* record, std::string_view error,
                         bool wants_text);

}  // namespace scraper::storage
