#include "http/headers.h"

#include "http/status.h"

#include <doctest/doctest.h>

#include <string>

namespace chatd::http {

TEST_SUITE("http") {
  TEST_CASE("a field is found whatever the case of its name, and keeps the case it came with") {
    Headers headers;
    headers.add("Content-Type", "text/plain");
    CHECK(headers.get("content-TYPE") == "text/plain");
    CHECK(headers.begin()->name == "Content-Type");
    CHECK_FALSE(headers.get("Content-Typ").has_value());
    CHECK_FALSE(headers.contains("Content-Type2"));
  }

  TEST_CASE("fields keep their order and their duplicates") {
    Headers headers;
    headers.add("Cookie", "a=1");
    headers.add("Host", "x");
    headers.add("cookie", "b=2");
    CHECK(headers.get("Cookie") == "a=1");
    CHECK(headers.get_all("COOKIE") == std::vector<std::string_view>{"a=1", "b=2"});
    CHECK(headers.size() == 3);
  }

  TEST_CASE("set replaces all fields of a name at the place of the first") {
    Headers headers;
    headers.add("A", "1");
    headers.add("B", "2");
    headers.add("a", "3");
    headers.set("A", "4");
    headers.set("C", "5");
    REQUIRE(headers.size() == 3);
    CHECK(headers.begin()->value == "4");
    CHECK(headers.get_all("a").size() == 1);
    CHECK(headers.get("C") == "5");
    headers.remove("b");
    CHECK_FALSE(headers.contains("B"));
    headers.remove("a");
    headers.remove("c");
    CHECK(headers.empty());
  }

  TEST_CASE("a list goes over all lines, trims, and leaves empty members out") {
    Headers headers;
    headers.add("Connection", " keep-alive ,, Upgrade\t,");
    headers.add("connection", "x");
    headers.add("Connection", "");
    const std::vector<std::string_view> members = {"keep-alive", "Upgrade", "x"};
    CHECK(headers.list("Connection") == members);
    CHECK(headers.has_token("Connection", "upgrade"));
    CHECK_FALSE(headers.has_token("Connection", "up"));
    CHECK_FALSE(headers.has_token("Upgrade", "x"));
  }

  TEST_CASE("a comma within a quoted string does not separate, nor does a quoted quote end one") {
    Headers headers;
    headers.add("If-None-Match", R"("a,b", "c\",d" , W/"e)");
    const std::vector<std::string_view> members = {R"("a,b")", R"("c\",d")", R"(W/"e)"};
    CHECK(headers.list("If-None-Match") == members);
    headers.set("If-None-Match", "\"a\\");
    CHECK(headers.list("If-None-Match").size() == 1);
  }

  TEST_CASE("tokens and field values are what RFC 9110 says") {
    CHECK(is_token("X-Y_z.1!#$%&'*+^`|~"));
    for (const std::string_view bad :
         {"", " ", "a b", "a:", "a/", "\x7f", "\xc3\xa9", "a\n", "(a)"}) {
      CAPTURE(bad);
      CHECK_FALSE(is_token(bad));
    }
    CHECK(is_field_value(""));
    CHECK(is_field_value("a\tb \xc3\xa9 \"\\"));
    for (const char bad : {'\0', '\r', '\n', '\x01', '\x7f'}) {
      CHECK_FALSE(is_field_value(std::string("a") + bad));
    }
  }

  TEST_CASE("each status has its number and its phrase") {
    CHECK(number(Status::SeeOther) == 303);
    CHECK(phrase(Status::SeeOther) == "See Other");
    CHECK(phrase(Status::RequestHeaderFieldsTooLarge) == "Request Header Fields Too Large");
    CHECK(phrase(static_cast<Status>(299)) == "Unknown");
  }
}

}  // namespace chatd::http
