#include "base/json_writer.h"

#include <string>
#include <utility>
#include <vector>

#include "tests/catch.h"

using namespace scraper;

TEST_CASE("what is to be escaped is, wherever it stands in text of any length") {
  const std::vector<std::pair<std::string, std::string>> cases = {{"\"", "\\\""},
                                                                  {"\\", "\\\\"},
                                                                  {"\n", "\\n"},
                                                                  {"<", "\\u003c"},
                                                                  {">", "\\u003e"},
                                                                  {"&", "\\u0026"},
                                                                  {{'\0'}, "\\u0000"},
                                                                  {"\x1F", "\\u001f"},
                                                                  {"\x7F", "\\u007f"},
                                                                  {"\xC2\x85", "\\u0085"},
                                                                  {"\xE2\x80\xA8", "\\u2028"},
                                                                  {"\xFF", "\xEF\xBF\xBD"},
                                                                  {"\xC3\xA9", "\xC3\xA9"},
                                                                  {" ", " "},
                                                                  {"~", "~"}};
  for (const auto& [written, escaped] : cases) {
    for (std::size_t before = 0; before < 40; ++before) {
      for (const std::size_t after : {0, 1, 20}) {
        const std::string left(before, 'a');
        const std::string right(after, 'b');
        std::string out;
        append_json_string(out, left + written + right);
        CAPTURE(written, before, after);
        REQUIRE(out == '"' + left + escaped + right + '"');
      }
    }
  }
}
