#include "config_file.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace chatd {
namespace {

// As "[name|value|value]"; or what is wrong.
std::string shown(std::string_view text) {
  const auto settings = parse_config_file(text);
  if (!settings) return settings.error().what;
  std::string all;
  for (const Setting& setting : *settings) {
    all += "[" + setting.name;
    for (const std::string& value : setting.values) all += "|" + value;
    all += "]";
  }
  return all;
}

}  // namespace

TEST_SUITE("main") {
  TEST_CASE("a line is a name and a value") {
    CHECK(shown("port = 7") == "[port|7]");
    CHECK(shown("port=7\nhost=::1\n") == "[port|7][host|::1]");
    CHECK(shown("  port\t =\t 7  \r\n") == "[port|7]");
    CHECK(shown("secret = a b=c") == "[secret|a b=c]");
    CHECK(shown("name =") == "[name|]");
    CHECK(shown("a=1\na=2") == "[a|1][a|2]");
    CHECK(shown("\xEF\xBB\xBFport = 7") == "[port|7]");
  }

  TEST_CASE("comments and empty lines say nothing") {
    CHECK(shown("") == "");
    CHECK(shown("\n\r\n  \n# port = 7\n\t# x") == "");
    CHECK(shown("port = 7 # seven\nhost = # all") == "[port|7][host|]");
  }

  TEST_CASE("a # within a value belongs to it") {
    CHECK(shown("secret = a#b") == "[secret|a#b]");
    CHECK(shown("secret = \"a # b = [c]\" # d") == "[secret|a # b = [c]]");
    CHECK(shown("secret = \"#\"") == "[secret|#]");
  }

  TEST_CASE("within quotes all but quotes and backslashes stands for itself") {
    CHECK(shown(R"(s = "")") == "[s|]");
    CHECK(shown(R"(s = "  x  ")") == "[s|  x  ]");
    CHECK(shown(R"(s = "a\"b\\c\n'd")") == R"([s|a"b\c\n'd])");
    CHECK(shown(R"(s = 密"钥")") == R"([s|密"钥"])");
    CHECK(shown(R"(s = 'x')") == "[s|'x']");
  }

  TEST_CASE("a list has several values") {
    CHECK(shown("o = [a, b]") == "[o|a|b]");
    CHECK(shown(R"(o = ["a, ] #", b ,"c"] # d)") == "[o|a, ] #|b|c]");
    CHECK(shown("o = [a,]") == "[o|a]");
    CHECK(shown("o = []") == "[o]");
  }

  TEST_CASE("what is wrong is said with its line") {
    for (const char* line :
         {"rubbish", "= 7", "[room]", "s = \"open", "s = \"a\" b", "o = [a", "o = [a b",
          "o = [\"a\" \"b\"]", "o = [,]", "o = [a] b", "s = \"a\\\""}) {
      CAPTURE(line);
      CHECK(shown(line) == "line 1 is not like name = value");
      CHECK(shown("a = 1\n\n" + std::string(line)) == "line 3 is not like name = value");
    }
  }
}

}  // namespace chatd
