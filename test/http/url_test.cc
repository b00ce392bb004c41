#include "http/url.h"

#include <doctest/doctest.h>

#include <string>

namespace chatd::http {

namespace {

std::string shown(const std::optional<FormFields>& fields) {
  if (!fields) return "none";
  std::string text;
  for (const auto& [name, value] : *fields) text += "[" + name + "=" + value + "]";
  return text;
}

}  // namespace

TEST_SUITE("http") {
  TEST_CASE("an origin-form has a path and a query") {
    const auto target = parse_target("/chat%20room?x=%31&y=?");
    REQUIRE(target.has_value());
    CHECK(target->path == "/chat room");
    CHECK(target->query == "x=%31&y=?");
    CHECK(target->authority.empty());
    CHECK(parse_target("/")->path == "/");
    CHECK(parse_target("/?")->query.empty());
    CHECK(parse_target("//x")->path == "//x");
  }

  TEST_CASE("an absolute-form has an authority, and a path even where none is written") {
    const auto target = parse_target("HTTP://chat.example:8888/a/b?c");
    REQUIRE(target.has_value());
    CHECK(target->authority == "chat.example:8888");
    CHECK(target->path == "/a/b");
    CHECK(target->query == "c");
    CHECK(parse_target("https://[::1]")->path == "/");
    CHECK(parse_target("http://x?q=1")->path == "/");
    CHECK(parse_target("http://x?q=1")->query == "q=1");
  }

  TEST_CASE("an asterisk stands alone") {
    CHECK(parse_target("*")->path == "*");
    CHECK_FALSE(parse_target("*x").has_value());
  }

  TEST_CASE("a target that means nothing, or two things, is none") {
    for (const std::string_view bad : {"", "chat", "?x", "/%", "/%2", "/%zz", "/%00", "/a%00b",
                                       "/a#b", "http:/x", "http://", "http:///x", "http://user@x/",
                                       "ftp://x/", "http://x/%", "http://x#f", "chat.example:80"}) {
      CAPTURE(bad);
      CHECK_FALSE(parse_target(bad).has_value());
    }
  }

  TEST_CASE("dot segments are left to those who open files") {
    CHECK(parse_target("/static/..%2f../x")->path == "/static/../../x");
  }

  TEST_CASE("form fields keep order and duplicates") {
    CHECK(shown(parse_form("b=2&a=1&b=3")) == "[b=2][a=1][b=3]");
    CHECK(shown(parse_form("")) == "");
    CHECK(shown(parse_form("nickname=%E5%BC%A0+%2B+x")) == "[nickname=\xE5\xBC\xA0 + x]");
  }

  TEST_CASE("form fields may lack a value, a name, or both") {
    CHECK(shown(parse_form("a&b=&=c&&=&d=e=f")) == "[a=][b=][=c][=][d=e=f]");
    CHECK(shown(parse_form("&&&")) == "");
  }

  TEST_CASE("a percent sign that escapes nothing stands for itself") {
    CHECK(shown(parse_form("a=%")) == "[a=%]");
    CHECK(shown(parse_form("a=100%+%41%4")) == "[a=100% A%4]");
    CHECK(shown(parse_form("%zz=%%41")) == "[%zz=%A]");
    CHECK(shown(parse_form("a=+%+")) == "[a= % ]");
  }

  TEST_CASE("the number of form fields is bounded") {
    CHECK(parse_form("a&b&c", 3).has_value());
    CHECK(parse_form("a&&b&c&", 3).has_value());
    CHECK_FALSE(parse_form("a&b&c&d", 3).has_value());
  }
}

}  // namespace chatd::http
