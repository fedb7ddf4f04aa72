#include "scraper/audit/audit_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.h"
#include "base/printable.h"
#include "base/units.h"

namespace scraper {

namespace {

using storage::FindingKind;

// "12 discovered = 3 pending + 9 stored": all states that there are.
std::string sum_of(const storage::AuditFigures& disk) {
  std::string sum;
  for (const storage::UrlStateTraits& state : storage::kUrlStates) {
    const std::uint64_t count = disk.states[state.value];
    if (count > 0) sum += fmt::format("{}{} {}", sum.empty() ? "" : " + ", count, state.name);
  }
  return fmt::format("{} discovered = {}", disk.discovered, sum.empty() ? "0" : sum);
}

std::string steps_of(const AuditAnswer& answer) {
  const storage::AuditFigures& disk = *answer.disk;
  std::string out;
  out += fmt::format("  URLs      {}\n", sum_of(disk));
  out += fmt::format("  archive   {} records of {} transfers in {} segments, {}\n", disk.records,
                     disk.captures, disk.segments,
                     human_bytes(static_cast<double>(disk.segment_bytes)));
  out += fmt::format("  results   {} lines, {}\n", disk.lines,
                     human_bytes(static_cast<double>(disk.line_bytes)));
  if (disk.sitemap_lines > 0) out += fmt::format("  sitemaps  {} entries\n", disk.sitemap_lines);
  if (disk.set_aside > 0) out += fmt::format("  set aside {} documents\n", disk.set_aside);
  if (answer.bodies) {
    out += fmt::format(
        "  bodies    {} read again: {} lines are what they give; {} links, all looked for in the "
        "ledger\n",
        answer.bodies->pages, answer.bodies->lines, answer.bodies->links);
    if (answer.bodies->scanned > 0) {
      out += fmt::format("            {} of them by the scanner, as gumbo did not get through\n",
                         answer.bodies->scanned);
    }
    if (answer.bodies->unparsed > 0) {
      out += fmt::format(
          "            {} could not be parsed this time; what they lead to is not known\n",
          answer.bodies->unparsed);
    }
  } else {
    out += fmt::format("  bodies    left out: {}\n", answer.why_no_bodies);
  }
  const storage::Books& books = disk.books;
  const std::string end = books.end.empty() ? "was killed or is about to begin"
                                            : fmt::format("ended: {}", printable(books.end));
  out += fmt::format("  as of     barrier {}, {}; the last run {}\n", books.barrier,
                     to_rfc3339(books.written), end);
  return out;
}

std::string findings_of(const storage::Findings& findings) {
  std::string out;
  for (const storage::Finding& finding : findings.listed()) {
    out += fmt::format("{}: {}: {}\n", to_string(finding.kind), printable(finding.where),
                       printable(finding.what));
  }
  const std::uint64_t more = findings.total() - findings.listed().size();
  if (more > 0) out += fmt::format("and {} more\n", more);
  return out;
}

std::string kinds_of(const storage::Findings& findings) {
  std::string out;
  for (std::size_t n = 0; n < storage::kFindingKinds; ++n) {
    const auto kind = static_cast<FindingKind>(n);
    if (findings.count(kind) > 0)
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", findings.count(kind), to_string(kind));
  }
  return out;
}

void write_disk(JsonWriter& json, const storage::AuditFigures& disk) {
  json.key("urls").begin_object().field("discovered", disk.discovered);
  for (const storage::UrlStateTraits& state : storage::kUrlStates) {
    std::string key(state.name);
    std::replace(key.begin(), key.end(), ' ', '_');
    json.field(key, disk.states[state.value]);
  }
  json.end_object();
  json.field("segments", disk.segments)
      .field("segment_bytes", disk.segment_bytes)
      .field("records", disk.records);
  json.field("captures", disk.captures)
      .field("lines", disk.lines)
      .field("line_bytes", disk.line_bytes);
  json.field("sitemap_lines", disk.sitemap_lines).field("set_aside", disk.set_aside);
  json.field("barrier", disk.books.barrier).field("written", to_rfc3339(disk.books.written));
  json.key("end");
  if (disk.books.end.empty()) {
    json.null();
  } else {
    json.value(disk.books.end);
  }
}

void write_bodies(JsonWriter& json, const AuditAnswer& answer) {
  json.key("bodies");
  if (!answer.bodies) {
    json.null();
    json.field("bodies_left_out", answer.why_no_bodies);
    return;
  }
  json.begin_object().field("pages", answer.bodies->pages).field("links", answer.bodies->links);
  json.field("lines", answer.bodies->lines);
  json.field("scanned", answer.bodies->scanned)
      .field("unparsed", answer.bodies->unparsed)
      .end_object();
}

}  // namespace

std::string audit_text(const AuditAnswer& answer) {
  const std::uint64_t found = answer.findings.total();
  const std::string verdict =
      found == 0 ? "nothing is wrong"
                 : fmt::format("{} {} wrong ({})", found, found == 1 ? "thing is" : "things are",
                               kinds_of(answer.findings));
  std::string out = fmt::format("{}: {}\n", printable(answer.directory), verdict);
  if (answer.disk) out += steps_of(answer);
  for (const std::string& note : answer.findings.notes())
    out += fmt::format("  note      {}\n", printable(note));
  return out += findings_of(answer.findings);
}

std::string audit_json(const AuditAnswer& answer) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .field("directory", answer.directory)
      .field("ok", answer.findings.total() == 0);
  json.field("wrong", answer.findings.total());
  if (answer.disk) {
    write_disk(json, *answer.disk);
    write_bodies(json, answer);
  }
  json.field("seconds", answer.seconds);
  json.key("kinds").begin_object();
  for (std::size_t n = 0; n < storage::kFindingKinds; ++n) {
    const auto kind = static_cast<FindingKind>(n);
    if (answer.findings.count(kind) > 0) json.field(to_string(kind), answer.findings.count(kind));
  }
  json.end_object();
  json.key("findings").begin_array();
  for (const storage::Finding& finding : answer.findings.listed()) {
    json.begin_object()
        .field("kind", to_string(finding.kind))
        .field("where", finding.where)
        .field("what", finding.what)
        .end_object();
  }
  json.end_array().key("notes").begin_array();
  for (const std::string& note : answer.findings.notes()) json.value(note);
  json.end_array().end_object();
  return out += '\n';
}

}  // namespace scraper
