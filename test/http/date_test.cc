#include "http/date.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

namespace chatd::http {

TEST_SUITE("http") {
  TEST_CASE("a date is read in each of the three forms") {
    const std::chrono::sys_seconds date{std::chrono::seconds{784'111'777}};
    CHECK(http_date(date) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == date);
    CHECK(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT") == date);
    CHECK(parse_http_date("Sun Nov  6 08:49:37 1994") == date);
    CHECK(parse_http_date("Thu, 29 Feb 2024 23:59:60 GMT").has_value());
  }

  TEST_CASE("what is no date is none") {
    for (const char* text :
         {"", " ", "0", "Sun", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET",
          "Sun, 32 Nov 1994 08:49:37 GMT", "Thu, 29 Feb 2023 00:00:00 GMT",
          "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
          "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
          "Sun, 06 Nov 99999 08:49:37 GMT", "Xxx, 06 Nov 1994 08:49:37 GMT",
          "Sun, -6 Nov 1994 08:49:37 GMT 1", "1994-11-06T08:49:37Z"}) {
      CHECK_MESSAGE(!parse_http_date(text), text);
    }
    CHECK_FALSE(parse_http_date(std::string(1'000'000, ' ') + "Sun"));
  }
}

}  // namespace chatd::http
