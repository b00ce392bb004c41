#include "web/origin.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace chatd::web {
namespace {

http::Request request_to(const std::string& host, bool secure = false) {
  http::Request request;
  request.headers.add("Host", host);
  request.secure = secure;
  return request;
}

bool same(std::string_view origin, const std::string& host) {
  return is_same_origin(origin, request_to(host));
}

bool cross_site(const std::string& origin, const std::string& fetch_site) {
  http::Request request = request_to("chat.example");
  if (!origin.empty()) request.headers.add("Origin", origin);
  if (!fetch_site.empty()) request.headers.add("Sec-Fetch-Site", fetch_site);
  const std::vector<std::string> allowed = {"https://friend.example"};
  return is_cross_site(request, allowed);
}

}  // namespace

TEST_SUITE("web") {
  TEST_CASE("an origin is ours when it names the host that the request was sent to") {
    CHECK(same("http://chat.example", "chat.example"));
    CHECK(same("http://CHAT.example", "chat.EXAMPLE"));
    CHECK(same("HTTP://chat.example", "chat.example"));
    CHECK(same("http://chat.example:8888", "chat.example:8888"));
    CHECK(same("http://127.0.0.1:8888", "127.0.0.1:8888"));
    CHECK(same("http://[::1]:8888", "[::1]:8888"));
    CHECK(same("http://[2001:DB8::1]", "[2001:db8::1]"));
    CHECK(same("https://chat.example", "chat.example"));
  }

  TEST_CASE("a scheme's default port may be said or not") {
    CHECK(same("http://chat.example:80", "chat.example"));
    CHECK(same("http://chat.example", "chat.example:80"));
    CHECK(same("http://chat.example", "chat.example:"));
    CHECK(same("http://chat.example:", "chat.example"));
    CHECK(same("https://chat.example", "chat.example:443"));
    CHECK(same("https://[::1]:443", "[::1]"));
    CHECK_FALSE(same("http://chat.example", "chat.example:443"));
    CHECK_FALSE(same("https://chat.example", "chat.example:80"));
    CHECK_FALSE(same("http://chat.example:443", "chat.example:80"));
  }

  TEST_CASE("an origin is not ours when it names another host, or no host at all") {
    for (const std::string_view origin : {"http://evil.example",
                                          "http://chat.example.evil.example",
                                          "http://chat.example@evil",
                                          "http://evil.example/chat.example",
                                          "http://xchat.example",
                                          "http://chat.exampl",
                                          "http://chat.example:8888",
                                          "http://chat.example.",
                                          "http://sub.chat.example",
                                          "null",
                                          "",
                                          "chat.example",
                                          "//chat.example",
                                          "http:chat.example",
                                          "http://",
                                          "ws://chat.example",
                                          "file://",
                                          "chrome-extension://chat.example",
                                          "http://user@chat.example",
                                          "http://chat.example/",
                                          "http://chat.example:080x",
                                          "http://chat.example:99999",
                                          "http://chat.example,http://evil.example",
                                          "http://:80"}) {
      CHECK_MESSAGE(!same(origin, "chat.example"), origin);
    }
    CHECK_FALSE(same("http://", ""));
    CHECK_FALSE(same("http://chat.example", ""));
    CHECK_FALSE(same("http://[::1]:80", "[::2]"));
    CHECK_FALSE(same("http://[::1", "[::1"));
  }

  TEST_CASE("a page that came in the clear is not trusted over TLS") {
    CHECK(is_same_origin("https://chat.example", request_to("chat.example", true)));
    CHECK_FALSE(is_same_origin("http://chat.example", request_to("chat.example", true)));
    CHECK_FALSE(is_same_origin("http://chat.example:443", request_to("chat.example:443", true)));
  }

  TEST_CASE("an origin is listed when it is written as in the list, case aside") {
    const std::vector<std::string> allowed = {"https://a.example", "http://b.example:8080"};
    CHECK(is_listed("https://a.example", allowed));
    CHECK(is_listed("HTTPS://A.example", allowed));
    CHECK(is_listed("http://b.example:8080", allowed));
    CHECK_FALSE(is_listed("http://a.example", allowed));
    CHECK_FALSE(is_listed("https://a.example:8080", allowed));
    CHECK_FALSE(is_listed("https://a.example.evil", allowed));
    CHECK_FALSE(is_listed("", allowed));
  }

  TEST_CASE("a request is another site's when Origin or Sec-Fetch-Site says so") {
    CHECK_FALSE(cross_site("", ""));
    CHECK_FALSE(cross_site("http://chat.example", ""));
    CHECK_FALSE(cross_site("http://chat.example", "same-origin"));
    CHECK_FALSE(cross_site("", "same-origin"));
    CHECK_FALSE(cross_site("", "none"));
    CHECK_FALSE(cross_site("https://friend.example", ""));
    CHECK_FALSE(cross_site("https://friend.example", "cross-site"));
    CHECK(cross_site("http://evil.example", ""));
    CHECK(cross_site("null", ""));
    CHECK(cross_site("", "cross-site"));
    CHECK(cross_site("", "same-site"));
    CHECK(cross_site("", "anything"));
    CHECK(cross_site("http://chat.example", "cross-site"));
    CHECK(cross_site("http://evil.example", "same-origin"));
  }
}

}  // namespace chatd::web
