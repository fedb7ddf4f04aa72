// html5lib's tests of the sniffing of encodings, exactly; uchardet's own corpus, as a rate.
#include "base/printable.h"
#include "parse/text/charset.h"

#include <uchardet/uchardet.h>

#include <memory>

#include "tests/catch.h"
#include "tests/parse/conformance.h"

using namespace scraper::parse;
using namespace scraper::parse::testing;

namespace {

// What the uchardet program says of a file.
std::string by_uchardet(std::string_view bytes) {
  const std::unique_ptr<std::remove_pointer_t<uchardet_t>, decltype(&uchardet_delete)> detector(
      uchardet_new(), &uchardet_delete);
  REQUIRE(uchardet_handle_data(detector.get(), bytes.data(), bytes.size()) == 0);
  uchardet_data_end(detector.get());
  return uchardet_get_charset(detector.get());
}

// One case's meta is put together by a script that the page runs.
bool needs_scripting(std::string_view bytes) {
  return bytes.find("document.write('<meta charset=\"ISO-8859-' + '2\">')") != bytes.npos;
}

}  // namespace

TEST_CASE("the encoding of a page is what html5lib's tests say") {
  const auto cases = conformance_json("charset/prescan.json");
  if (!cases) return;
  std::size_t scripted = 0;
  for (const auto& one : cases->as_array()) {
    const std::string bytes = base64_decoded(std::string_view(one.at("data_b64").as_string()));
    if (needs_scripting(bytes)) {
      ++scripted;
      continue;
    }
    CAPTURE(scraper::printable(bytes));
    CHECK(decide_charset(bytes, "text/html", true).encoding ==
          find_encoding(std::string_view(one.at("encoding").as_string())));
  }
  CHECK(cases->as_array().size() == 83);
  CHECK(scripted == 1);
}

TEST_CASE("most texts that name no encoding are read in the right one") {
  const auto cases = conformance_json("charset/detect.json");
  if (!cases) return;
  const UnpackedArchive files("charset/uchardet-files.tar.xz");
  std::size_t possible = 0;
  std::size_t right = 0;
  std::size_t right_by_uchardet = 0;
  for (const auto& one : cases->as_array()) {
    const std::string expected(one.at("expected").as_string());
    const Encoding* encoding = find_encoding(expected);
    if (encoding == nullptr || encoding->method == Encoding::Method::kReplacement)
      continue;  // not of the web
    const std::string bytes = files.read("charset/" + std::string(one.at("path").as_string()));
    const Encoding* found = decide_charset(bytes, "text/plain", false).encoding;
    // "utf-16" is said of a file whose byte order mark says which; as a label it means
    // little-endian.
    const auto is_right = [&](const Encoding* said) {
      return said == encoding || (expected == "utf-16" && said != nullptr && said->is_utf16());
    };
    ++possible;
    right_by_uchardet += is_right(find_encoding(by_uchardet(bytes)));
    right += is_right(found);
    if (!is_right(found))
      UNSCOPED_INFO(std::string(one.at("path").as_string())
                    << " was taken for " << found->name << ", by uchardet for "
                    << by_uchardet(bytes));
  }
  CAPTURE(right, right_by_uchardet, possible);
  CHECK(right >= right_by_uchardet);
  CHECK(right * 100 >= possible * 90);
}
