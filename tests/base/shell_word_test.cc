#include "base/shell_word.h"

#include "tests/catch.h"

using scraper::shell_quoted;

TEST_CASE(
    "a word is quoted where a shell would not read it as it is, and shows no control character") {
  CHECK(shell_quoted("/tmp/a-b_c.d,e:f@g%h+1") == "/tmp/a-b_c.d,e:f@g%h+1");
  CHECK(shell_quoted("") == "''");
  CHECK(shell_quoted("a b") == "'a b'");
  CHECK(shell_quoted("it's $HOME") == R"('it'\''s $HOME')");
  CHECK(shell_quoted("a\nb\x1b[31m") == R"($'a\012b\033[31m')");
  CHECK(shell_quoted("it's\x7f\\n") == R"($'it\'s\177\\n')");
}
