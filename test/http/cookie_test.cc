#include "http/cookie.h"

#include <doctest/doctest.h>

#include <string>

namespace chatd::http {

namespace {

std::string shown(const std::vector<Cookie>& cookies) {
  std::string text;
  for (const auto& [name, value] : cookies) text += "[" + name + "=" + value + "]";
  return text;
}

// What stands between "n=" and the first attribute.
std::string wire(std::string value) {
  const auto text = print_set_cookie({.name = "n", .value = std::move(value)});
  if (!text) return "none";
  return text->substr(2, text->find("; Path") - 2);
}

constexpr std::string_view kSigned = "2|1:0|10:1700000000|8:nickname|8:5byg5LiJ|a0b1==";

}  // namespace

TEST_SUITE("http") {
  TEST_CASE("a cookie line is read in order, with duplicates") {
    CHECK(shown(parse_cookie_line("a=1; b=2;c=3 ;  a=4")) == "[a=1][b=2][c=3][a=4]");
    CHECK(shown(parse_cookie_line("a=b=c; empty=; =x")) == "[a=b=c][empty=][=x]");
  }

  TEST_CASE("broken pieces of a cookie line do not spoil the others") {
    CHECK(shown(parse_cookie_line("; ;;x; a=1;=; b=\"; c=\"\\")) == "[=x][a=1][b=\"][c=\"\\]");
    CHECK(shown(parse_cookie_line("")) == "");
  }

  TEST_CASE("a signed value is read bare as well as quoted") {
    const std::string value(kSigned);
    CHECK(parse_cookie_line("nickname=" + value)[0].value == value);
    CHECK(parse_cookie_line("x=1; nickname=\"" + value + "\"; y=2")[1].value == value);
  }

  TEST_CASE("octal and backslash escapes within quotes are those of Python") {
    CHECK(parse_cookie_line(R"(n="a\054b\073c")")[0].value == "a,b;c");
    CHECK(parse_cookie_line(R"(n="q\"b\\s")")[0].value == "q\"b\\s");
    CHECK(parse_cookie_line(R"(n="\303\251")")[0].value == "\xC3\xA9");
    CHECK(parse_cookie_line(R"(n="\400\08\x")")[0].value == "40008x");
    CHECK(parse_cookie_line(R"(n=a\054b)")[0].value == R"(a\054b)");
    CHECK(parse_cookie_line("n=\"a\\\"")[0].value == "a\\");
  }

  TEST_CASE("several cookie fields are read as one") {
    Headers headers;
    headers.add("Cookie", "a=1");
    headers.add("Host", "b=2");
    headers.add("cookie", "c=3; d=4");
    CHECK(shown(parse_cookies(headers)) == "[a=1][c=3][d=4]");
  }

  // The right-hand sides are what http.cookies of Python 3.11 prints.
  TEST_CASE("values go out quoted as Python's http.cookies does") {
    CHECK(wire("abc:!#$%&'*+-.^_`|~") == "abc:!#$%&'*+-.^_`|~");
    CHECK(wire("") == R"("")");
    CHECK(wire("a b") == R"("a b")");
    CHECK(wire(std::string(kSigned)) == "\"" + std::string(kSigned) + "\"");
    CHECK(wire("q\"b\\s") == R"("q\"b\\s")");
    CHECK(wire("a,b;c") == R"("a\054b\073c")");
  }

  TEST_CASE("every printable or high byte comes back as it went out") {
    std::string value;
    for (int byte = 0x20; byte < 0x100; ++byte) {
      if (byte != 0x7F) value += static_cast<char>(byte);
    }
    CHECK(parse_cookie_line("n=" + wire(value))[0].value == value);
  }

  TEST_CASE("attributes are printed where they are said") {
    CHECK(*print_set_cookie({.name = "n", .value = "v"}) == "n=v; Path=/; HttpOnly; SameSite=Lax");
    using std::chrono::seconds;
    const SetCookie all{.name = "n",
                        .value = "v",
                        .path = "/chat",
                        .domain = "chat.example",
                        .expires = std::chrono::system_clock::time_point{seconds{784111777}},
                        .max_age = seconds{3600},
                        .http_only = false,
                        .secure = true,
                        .same_site = SameSite::None};
    CHECK(*print_set_cookie(all) ==
          "n=v; Path=/chat; Domain=chat.example; Expires=Sun, 06 Nov 1994 08:49:37 GMT; "
          "Max-Age=3600; Secure; SameSite=None");
  }

  TEST_CASE("a cookie that would break the line is not printed") {
    for (const char* bad : {"", "a b", "a=b", "a;b", "a\r\n"}) {
      CAPTURE(bad);
      CHECK_FALSE(print_set_cookie({.name = bad, .value = "v"}).has_value());
    }
    for (const std::string& bad :
         {std::string("a\r\nb"), std::string("\0", 1), std::string("\t")}) {
      CHECK_FALSE(print_set_cookie({.name = "n", .value = bad}).has_value());
      CHECK_FALSE(print_set_cookie({.name = "n", .value = "v", .path = bad}).has_value());
    }
    CHECK_FALSE(print_set_cookie({.name = "n", .value = "v", .path = "/; Secure"}).has_value());
    CHECK_FALSE(print_set_cookie({.name = "n", .value = "v", .domain = "x;y"}).has_value());
  }
}

}  // namespace chatd::http
