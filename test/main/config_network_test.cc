// Where the server listens, and whom it believes.
#include "config.h"
#include "main/asked.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace chatd {
namespace {

using namespace test;

}  // namespace

TEST_SUITE("main") {
  TEST_CASE("origins that no browser would send are refused") {
    const Config config = config_of({"--allowed-origin", "https://a.example",  //
                                     "--allowed-origin", "http://b:8080", "http://[::1]:1"});
    CHECK(config.settings.allowed_origins ==
          Arguments{"https://a.example", "http://b:8080", "http://[::1]:1"});
    for (const char* origin : {"a.example", "https://", "https://a/", "https://a/b", "ws://a",
                               "https://a?b", "https://a b", "*", "null"}) {
      CAPTURE(origin);
      CHECK(is_refused({"--allowed-origin", origin}));
    }
  }

  TEST_CASE("proxies are trusted by their networks, and by nothing else") {
    const Config config = config_of({"--trusted-proxy", "10.0.0.0/8", "--trusted-proxy", "unix"});
    REQUIRE(config.settings.trusted_proxies.size() == 2);
    CHECK(config.settings.trusted_proxies[0].contains("10.1.2.3"));
    CHECK(config.settings.trusted_proxies[1].contains(""));
    for (const char* network : {"", "10.0.0.0/33", "proxy.example", "*", "::/129"}) {
      CHECK_MESSAGE(is_refused({"--trusted-proxy", network}), network);
    }
  }

  TEST_CASE("the PROXY protocol is spoken when it is asked for, by trusted proxies") {
    CHECK(config_of({}).server.proxy_protocol == web::ProxyProtocol::Off);
    CHECK(config_of({"--proxy-protocol", "off"}).server.proxy_protocol == web::ProxyProtocol::Off);
    const auto server =
        config_of({"--proxy-protocol", "on", "--trusted-proxy", "10.0.0.0/8"}).server;
    CHECK(server.proxy_protocol == web::ProxyProtocol::On);
    REQUIRE(server.trusted_proxies.size() == 1);
    CHECK(server.trusted_proxies[0].contains("10.1.2.3"));
    const Environment variable("CHATD_PROXY_PROTOCOL", "on");
    CHECK(config_of({}).server.proxy_protocol == web::ProxyProtocol::On);
    const ConfigFile file("proxy-protocol = off\n");
    CHECK(config_of({file.argument()}).server.proxy_protocol == web::ProxyProtocol::On);
    for (const char* word : {"", "v1", "2", "yes"}) {
      CHECK_MESSAGE(is_refused({"--proxy-protocol", word}), word);
    }
  }

  TEST_CASE("a server listens where it is told, also in several places") {
    CHECK(config_of({"--port", "1"}).server.listen.empty());
    const auto server =
        config_of({"--listen", "[::1]:1", "--listen", ":2", "--listen", "a:3"}).server;
    REQUIRE(server.listen.size() == 3);
    CHECK(server.listen[0].host == "::1");
    CHECK(server.listen[0].port == 1);
    CHECK(server.listen[1].host.empty());
    CHECK(server.listen[2].port == 3);
    CHECK(config_of({"--listen", ":2", "--port", "1"}).server.listen.size() == 2);
    CHECK(config_of({"--unix-socket", "/run/s"}).server.listen.empty());
    CHECK(config_of({}).server.unix_socket_mode == 0660);
    CHECK(config_of({"--unix-socket-mode", "600"}).server.unix_socket_mode == 0600);
    CHECK(is_refused({"--unix-socket-mode", "rw"}));
    CHECK(config_of({"--unix-socket", "/run/s", "--port", "1"}).server.listen.size() == 1);
    for (const char* where :
         {"", "1", "::1:1", "[::1]", "a:", "a:65536", "a:-1", "[]:1", "a:b:1"}) {
      CHECK_MESSAGE(is_refused({"--listen", where}), where);
    }
  }

  TEST_CASE("a list may be said at once, with commas, also by a variable") {
    const Environment origins("CHATD_ALLOWED_ORIGIN", "https://a.example,https://b.example:1");
    const Environment networks("CHATD_TRUSTED_PROXY", " 10.0.0.0/8 , unix,");
    const Environment addresses("CHATD_LISTEN", "[::1]:1,:2");
    const Config config = config_of({});
    CHECK(config.settings.allowed_origins == Arguments{"https://a.example", "https://b.example:1"});
    REQUIRE(config.settings.trusted_proxies.size() == 2);
    CHECK(config.settings.trusted_proxies[0].contains("10.1.2.3"));
    CHECK(config.settings.trusted_proxies[1].contains(""));
    REQUIRE(config.server.listen.size() == 2);
    CHECK(config.server.listen[0].host == "::1");
    CHECK(config.server.listen[1].port == 2);
    // A flag is instead of the variable, not more.
    CHECK(config_of({"--listen", ":3,:4", "--listen=:5"}).server.listen.size() == 3);
    CHECK(is_refused({"--allowed-origin", ","}));
    for (const char* list : {"https://a.example,b", "https://a.example https://b.example"}) {
      CAPTURE(list);
      CHECK(is_refused({"--allowed-origin", list}));
      const Environment bad("CHATD_ALLOWED_ORIGIN", list);
      CHECK(is_refused({}));
    }
  }
}

}  // namespace chatd
