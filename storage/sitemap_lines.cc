#include "storage/sitemap_lines.h"

#include "base/json_writer.h"
#include "storage/page_json.h"

namespace scraper::storage {

void render_entries(std::string_view sitemap, const PageRecord& record,
                    const std::function<void(const std::string& line)>& write) {
  const SitemapAlternate* alternate = record.sitemap_alternates.data();
  for (const SitemapEntry& entry : record.sitemap_entries) {
    const Link& link = record.links[entry.link];
    std::string line;
    JsonWriter json(line);
    json.begin_object()
        .field("url", link.url)
        .field("kind", to_string(link.kind))
        .field("sitemap", sitemap);
    write_text(json, "lastmod", entry.lastmod);
    write_text(json, "changefreq", entry.changefreq);
    write_text(json, "priority", entry.priority);
    json.key("alternates").begin_array();
    for (const SitemapAlternate* const end = alternate + entry.alternates; alternate != end;
         ++alternate) {
      json.begin_object()
          .field("lang", alternate->lang)
          .field("url", record.links[alternate->link].url)
          .end_object();
    }
    json.end_array().end_object();
    write(line);
  }
}

}  // namespace scraper::storage
