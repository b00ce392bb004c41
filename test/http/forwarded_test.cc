#include "http/forwarded.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace chatd::http {
namespace {

// "address scheme host" of a request that came from `peer`; trusted are 10/8, ::1 and unix.
std::string seen(const char* peer, std::initializer_list<Header> fields) {
  const std::vector<net::Network> trusted = {*net::Network::parse("10.0.0.0/8"),
                                             *net::Network::parse("::1"),
                                             *net::Network::parse("unix")};
  Request request;
  request.remote_address = peer;
  request.headers.add("Host", "inner");
  for (const auto& [name, value] : fields) request.headers.add(name, value);
  believe_proxies(request, trusted);
  return request.remote_address + (request.secure ? " https " : " http ") +
         std::string(request.host());
}

std::string forwarded(const char* value) { return seen("10.0.0.1", {{"Forwarded", value}}); }
std::string forwarded_for(const char* value) {
  return seen("10.0.0.1", {{"X-Forwarded-For", value}});
}

}  // namespace

TEST_SUITE("http") {
  TEST_CASE("who is not trusted is not believed") {
    CHECK(seen("192.0.2.1", {{"X-Forwarded-For", "203.0.113.9"},
                             {"X-Forwarded-Proto", "https"},
                             {"X-Forwarded-Host", "evil"}}) == "192.0.2.1 http inner");
    CHECK(seen("192.0.2.1", {{"Forwarded", "for=203.0.113.9;proto=https"}}) ==
          "192.0.2.1 http inner");
    CHECK(seen("10.0.0.1", {}) == "10.0.0.1 http inner");
  }

  TEST_CASE("the client is the right-most address that is not trusted") {
    CHECK(forwarded_for("203.0.113.9") == "203.0.113.9 http inner");
    CHECK(forwarded_for("1.1.1.1, 203.0.113.9") == "203.0.113.9 http inner");
    CHECK(forwarded_for("1.1.1.1, 203.0.113.9, 10.0.0.2,10.0.0.3") == "203.0.113.9 http inner");
    CHECK(forwarded_for("10.0.0.2, 10.0.0.3") == "10.0.0.2 http inner");
    CHECK(forwarded_for("203.0.113.9:4711") == "203.0.113.9 http inner");
    CHECK(forwarded_for("[2001:db8::1]:4711") == "2001:db8::1 http inner");
    CHECK(forwarded_for("2001:db8::1") == "2001:db8::1 http inner");
    CHECK(forwarded_for("::ffff:203.0.113.9") == "203.0.113.9 http inner");
    CHECK(seen("::1", {{"X-Forwarded-For", "203.0.113.9"}}) == "203.0.113.9 http inner");
    CHECK(seen("", {{"X-Forwarded-For", "203.0.113.9"}}) == "203.0.113.9 http inner");
    CHECK(seen("10.0.0.1", {{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-For", "2.2.2.2"}}) ==
          "2.2.2.2 http inner");
  }

  TEST_CASE("left of an address that is none nothing is believed") {
    for (const char* value : {"unknown", "", ",", "1.1.1.1, unknown", "1.1.1.1, 10.0.0.256",
                              "203.0.113.9:port", "203.0.113.9:99999", "[::1", "[::1]x", "<script>",
                              "1.1.1.1, 10.0.0.2 10.0.0.3", "\"203.0.113.9\""}) {
      CHECK_MESSAGE(forwarded_for(value) == "10.0.0.1 http inner", value);
    }
    CHECK(forwarded_for("1.1.1.1, unknown, 10.0.0.7") == "10.0.0.7 http inner");
    CHECK(forwarded_for(std::string(20'000, ',').c_str()) == "10.0.0.1 http inner");
  }

  TEST_CASE("scheme and host are those that the outermost trusted proxy saw") {
    const auto schemes = [](const char* addresses, const char* list) {
      return seen("10.0.0.1", {{"X-Forwarded-For", addresses},
                               {"X-Forwarded-Proto", list},
                               {"X-Forwarded-Host", "chat.example"}});
    };
    CHECK(schemes("2.2.2.2", "https") == "2.2.2.2 https chat.example");
    CHECK(schemes("2.2.2.2", "HTTPS") == "2.2.2.2 https chat.example");
    CHECK(schemes("2.2.2.2", "https, http") == "2.2.2.2 http chat.example");
    CHECK(schemes("2.2.2.2, 10.0.0.2", "https, http") == "2.2.2.2 https chat.example");
    CHECK(schemes("2.2.2.2, 10.0.0.2", "https") == "2.2.2.2 https chat.example");
    CHECK(schemes("2.2.2.2", "wss") == "2.2.2.2 http chat.example");
    CHECK(seen("10.0.0.1", {{"X-Forwarded-Proto", "https"}}) == "10.0.0.1 https inner");
    CHECK(seen("10.0.0.1", {{"X-Forwarded-Host", "a b"}}) == "10.0.0.1 http inner");
    CHECK(seen("10.0.0.1", {{"X-Forwarded-Host", "a/b@c"}}) == "10.0.0.1 http inner");
    CHECK(seen("10.0.0.1", {{"X-Forwarded-Host", ""}}) == "10.0.0.1 http inner");
  }

  TEST_CASE("Forwarded says the same in its own way") {
    CHECK(forwarded("for=203.0.113.9;proto=https;host=chat.example") ==
          "203.0.113.9 https chat.example");
    CHECK(forwarded("For=\"[2001:db8::1]:4711\" ; Proto=HTTPS; by=x") == "2001:db8::1 https inner");
    CHECK(forwarded("for=1.1.1.1;host=evil, for=203.0.113.9;host=\"chat.example:8443\"") ==
          "203.0.113.9 http chat.example:8443");
    CHECK(forwarded("for=203.0.113.9;proto=https, for=10.0.0.2;proto=http;host=inner2") ==
          "203.0.113.9 https inner");
    for (const char* value :
         {"", ";", "=", "for", "for=", "for=unknown", "for=_hidden", "for=\"\"",
          "for=\"203.0.113.9", "for=[2001:db8::1", "for=1.1.1.1, for=_secret"}) {
      CHECK_MESSAGE(forwarded(value) == "10.0.0.1 http inner", value);
    }
  }

  TEST_CASE("of both kinds of fields together neither is believed") {
    CHECK(seen("10.0.0.1", {{"X-Forwarded-For", "203.0.113.9"}, {"Forwarded", "for=1.1.1.1"}}) ==
          "10.0.0.1 http inner");
  }
}

}  // namespace chatd::http
