#include "web/pattern.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

namespace chatd::web {
namespace {

// "name=value …", or "no" when it does not match.
std::string match(std::string_view pattern, std::string_view path) {
  const auto arguments = Pattern(pattern).match(path);
  if (!arguments) return "no";
  std::string text;
  for (const auto& [name, value] : *arguments) text += name + '=' + value + ' ';
  return text;
}

}  // namespace

TEST_SUITE("web") {
  TEST_CASE("a pattern without holes is one path and no other") {
    CHECK(match("/", "/").empty());
    CHECK(match("/chat", "/chat").empty());
    CHECK(match("/a/b", "/a/b").empty());
    CHECK(match("/chat/", "/chat/").empty());
    for (const std::string_view path : {"", "/", "/chat/", "//chat", "/chat//", "/Chat", "/chatter",
                                        "/cha", "chat", "/chat/x", "*", "/./chat", "/x/../chat"}) {
      CHECK_MESSAGE(match("/chat", path) == "no", path);
    }
    CHECK(match("/chat", std::string("/chat\0", 6)) == "no");
    CHECK(match("/", "") == "no");
    CHECK(match("/", "//") == "no");
    CHECK(match("/chat/", "/chat") == "no");
  }

  TEST_CASE("a hole takes one segment that is not empty") {
    CHECK(match("/room/:name", "/room/red") == "name=red ");
    CHECK(match("/room/:name", "/room/大厅") == "name=大厅 ");
    CHECK(match("/room/:name", "/room/..") == "name=.. ");
    CHECK(match("/room/:name/log/:day", "/room/red/log/1") == "name=red day=1 ");
    CHECK(match("/:a/:b", "/x/y") == "a=x b=y ");
    CHECK(match("/room/:name", "/room/") == "no");
    CHECK(match("/room/:name", "/room") == "no");
    CHECK(match("/room/:name", "/room/red/") == "no");
    CHECK(match("/room/:name", "/room/red/blue") == "no");
    CHECK(match("/room/:name/log", "/room//log") == "no");
  }

  TEST_CASE("a star takes all that is left, also nothing") {
    CHECK(match("/static/*", "/static/a.js") == "*=a.js ");
    CHECK(match("/static/*", "/static/a/b/c.js") == "*=a/b/c.js ");
    CHECK(match("/static/*", "/static/") == "*= ");
    CHECK(match("/static/*", "/static//etc/passwd") == "*=/etc/passwd ");
    CHECK(match("/:user/*", "/me/x") == "user=me *=x ");
    CHECK(match("/*", "/") == "*= ");
    CHECK(match("/static/*", "/static") == "no");
    CHECK(match("/static/*", "/statics/a") == "no");
  }

  TEST_CASE("colons and stars within a segment stand for themselves") {
    CHECK(match("/a:b/c*", "/a:b/c*").empty());
    CHECK(match("/a:b", "/a:c") == "no");
    CHECK(match("/c*", "/cc") == "no");
  }

  TEST_CASE("a pattern that makes no sense is refused") {
    for (const std::string_view pattern :
         {"", "chat", "*", "/:", "/a/:/b", "/:x/:x", "/*/b", "/*/", "/*/*"}) {
      CHECK_THROWS_AS_MESSAGE(Pattern{pattern}, std::invalid_argument, pattern);
    }
  }
}

}  // namespace chatd::web
