#include "base/text.h"

#include <doctest/doctest.h>

#include <cstdint>

namespace chatd {
namespace {

using Pieces = std::vector<std::string_view>;

}  // namespace

TEST_SUITE("base") {
  TEST_CASE("trimming takes spaces and tabs off both ends and nothing else") {
    CHECK(trim(" \t a b\t ") == "a b");
    CHECK(trim("ab") == "ab");
    CHECK(trim(" \t ").empty());
    CHECK(trim("").empty());
    CHECK(trim("\na\r") == "\na\r");
  }

  TEST_CASE("splitting gives one piece more than there are separators") {
    CHECK(split("a,b,,c", ',') == Pieces{"a", "b", "", "c"});
    CHECK(split("", ',') == Pieces{""});
    CHECK(split(",", ',') == Pieces{"", ""});
    CHECK(split("abc", ',') == Pieces{"abc"});
  }

  TEST_CASE("case plays no part for letters of ASCII and for them only") {
    CHECK(iequals("Content-Type", "cONTENT-tYPE"));
    CHECK_FALSE(iequals("abc", "abcd"));
    CHECK_FALSE(iequals("[", "{"));
    CHECK_FALSE(iequals("@", "`"));
    CHECK_FALSE(iequals("\xC4", "\xE4"));
    CHECK(iequals("", ""));
    CHECK(to_lower("AbZ-Ä[@") == "abz-Ä[@");
  }

  TEST_CASE("a number is digits within the range of its type") {
    CHECK(to_number<std::uint16_t>("0") == 0);
    CHECK(to_number<std::uint16_t>("65535") == 65535);
    CHECK(to_number<std::uint16_t>("007") == 7);
    CHECK(to_number<std::uint64_t>("18446744073709551615") == 18446744073709551615u);
  }

  TEST_CASE("what is not quite a number is none") {
    for (const char* text : {"", " 1", "1 ", "+1", "-1", "0x10", "1e3", "1.0", "65536",
                             "99999999999", "\xEF\xBC\x91"}) {
      CAPTURE(text);
      CHECK_FALSE(to_number<std::uint16_t>(text).has_value());
    }
    CHECK_FALSE(to_number<std::uint64_t>("18446744073709551616").has_value());
  }
}

}  // namespace chatd
