#include "ws/handshake.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace chatd::ws {
namespace {

// The example of RFC 6455, 1.3.
http::Request good_request() {
  http::Request request;
  request.method = "GET";
  request.target = request.path = "/chat";
  request.headers.add("Host", "server.example.com");
  request.headers.add("Upgrade", "websocket");
  request.headers.add("Connection", "Upgrade");
  request.headers.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
  request.headers.add("Sec-WebSocket-Version", "13");
  return request;
}

http::Request with(std::string_view name, const std::string& value) {
  http::Request request = good_request();
  request.headers.set(name, value);
  return request;
}

http::Request without(std::string_view name) {
  http::Request request = good_request();
  request.headers.remove(name);
  return request;
}

bool accepts(const http::Request& request) { return accept_upgrade(request).has_value(); }

unsigned status(const http::Request& request) {
  const auto answer = accept_upgrade(request);
  return answer ? 101u : http::number(answer.error().status);
}

TEST_SUITE("ws") {
  TEST_CASE("the handshake of RFC 6455, 1.3 is answered as it says there") {
    const auto handshake = accept_upgrade(good_request());
    REQUIRE(handshake);
    CHECK(handshake->head ==
          "HTTP/1.1 101 Switching Protocols\r\n"
          "Upgrade: websocket\r\n"
          "Connection: Upgrade\r\n"
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
          "\r\n");
    CHECK(handshake->subprotocol.empty());
  }

  TEST_CASE("a request is an upgrade when one of its Upgrade lines names websocket") {
    CHECK(is_upgrade(good_request()));
    CHECK(is_upgrade(with("Upgrade", "h2c, WebSocket")));
    CHECK_FALSE(is_upgrade(without("Upgrade")));
    CHECK_FALSE(is_upgrade(with("Upgrade", "websockets")));
    http::Request request = with("Upgrade", "h2c");
    request.headers.add("Upgrade", "websocket");
    CHECK(is_upgrade(request));
    request.method = "HEAD";
    CHECK_FALSE(is_upgrade(request));
  }

  TEST_CASE("only GET begins a WebSocket") {
    for (const char* method : {"POST", "HEAD", "OPTIONS", "get"}) {
      http::Request request = good_request();
      request.method = method;
      const auto answer = accept_upgrade(request);
      REQUIRE_FALSE(answer);
      CHECK(answer.error().status == http::Status::MethodNotAllowed);
      CHECK(answer.error().headers.get("Allow") == "GET");
    }
  }

  TEST_CASE("HTTP/1.0 does not begin a WebSocket") {
    http::Request request = good_request();
    request.minor_version = 0;
    CHECK(status(request) == 400);
  }

  TEST_CASE("there is one Host") {
    CHECK(status(without("Host")) == 400);
    http::Request request = good_request();
    request.headers.add("Host", "other.example.com");
    CHECK(status(request) == 400);
  }

  TEST_CASE("a request without an upgrade is told what to upgrade to") {
    const auto answer = accept_upgrade(without("Upgrade"));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().status == http::Status::UpgradeRequired);
    CHECK(answer.error().headers.get("Upgrade") == "websocket");
  }

  TEST_CASE("Connection must name Upgrade, on any line, in any case") {
    CHECK(accepts(with("Connection", "keep-alive, Upgrade")));
    CHECK(accepts(with("Connection", "UPGRADE")));
    CHECK(status(without("Connection")) == 400);
    CHECK(status(with("Connection", "keep-alive")) == 400);
    CHECK(status(with("Connection", "no-upgrade")) == 400);
    http::Request request = with("Connection", "keep-alive");
    request.headers.add("Connection", "upgrade");
    CHECK(accepts(request));
  }

  TEST_CASE("another version than 13 is told that 13 is spoken") {
    for (const char* version : {"8", "0", "14", "013", "13, 8", "abc", ""}) {
      CAPTURE(version);
      const auto answer = accept_upgrade(with("Sec-WebSocket-Version", version));
      REQUIRE_FALSE(answer);
      CHECK(answer.error().status == http::Status::UpgradeRequired);
      CHECK(answer.error().headers.get("Sec-WebSocket-Version") == "13");
    }
    http::Request twice = good_request();
    twice.headers.add("Sec-WebSocket-Version", "13");
    CHECK(status(twice) == 426);
    CHECK(status(without("Sec-WebSocket-Version")) == 400);
  }

  TEST_CASE("the key is 16 bytes of base64, and there is one") {
    CHECK(status(without("Sec-WebSocket-Key")) == 400);
    for (const char* key : {"", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=", "c2hvcnQ=",
                            "dGhlIHNhbXBsZSBub25jZSE=", "dGhlIHNhbXBsZSBub25jZTE3Yg==",
                            "dGhlIHNhbXBs ZSBub25jZQ==", "dGhlIHNhbXBsZS_ub25jZQ=="}) {
      CAPTURE(key);
      CHECK(status(with("Sec-WebSocket-Key", key)) == 400);
    }
    CHECK(accepts(with("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")));
    CHECK(accepts(with("Sec-WebSocket-Key", "+/+/+/+/+/+/+/+/+/+/+w==")));
    http::Request twice = good_request();
    twice.headers.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    CHECK(status(twice) == 400);
  }

  TEST_CASE("offered subprotocols are listed in their order, over all lines") {
    http::Request request = with("Sec-WebSocket-Protocol", "chatd.v2.json , chatd.v1.json");
    request.headers.add("Sec-WebSocket-Protocol", "plain");
    CHECK(offered_subprotocols(request) ==
          std::vector<std::string_view>{"chatd.v2.json", "chatd.v1.json", "plain"});
    CHECK(offered_subprotocols(good_request()).empty());
  }

  TEST_CASE("the chosen subprotocol is told, when it was offered") {
    const auto request = with("Sec-WebSocket-Protocol", "a, b");
    const auto chosen = accept_upgrade(request, {.subprotocol = "b"});
    REQUIRE(chosen);
    CHECK(chosen->subprotocol == "b");
    CHECK(chosen->head.find("\r\nSec-WebSocket-Protocol: b\r\n") != std::string::npos);
    for (const std::string_view name : {"c", "", "B"}) {
      const auto none = accept_upgrade(request, {.subprotocol = name});
      REQUIRE(none);
      CHECK(none->subprotocol.empty());
      CHECK(none->head.find("Sec-WebSocket-Protocol") == std::string::npos);
    }
  }

  TEST_CASE("subprotocols that are no tokens, or offered twice, are refused") {
    CHECK(status(with("Sec-WebSocket-Protocol", "a, b c")) == 400);
    CHECK(status(with("Sec-WebSocket-Protocol", "a, \"b\"")) == 400);
    CHECK(status(with("Sec-WebSocket-Protocol", "a, b, a")) == 400);
  }

  TEST_CASE("further fields are added to the answer") {
    UpgradeOptions options;
    options.headers.add("Set-Cookie", "a=1; Path=/");
    options.headers.add("Set-Cookie", "b=2");
    const auto handshake = accept_upgrade(good_request(), options);
    REQUIRE(handshake);
    CHECK(handshake->head.ends_with("\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\n\r\n"));
  }

  TEST_CASE("deflate is agreed on when both want it, and its absence refuses nobody") {
    const UpgradeOptions wants{.deflate = DeflateOptions{}};
    const auto offer = with("Sec-WebSocket-Extensions",
                            "x-other, permessage-deflate; bad, permessage-deflate; "
                            "client_max_window_bits");
    const auto agreed = accept_upgrade(offer, wants);
    REQUIRE(agreed);
    CHECK(agreed->deflate == DeflateParams{});
    CHECK(agreed->head.find("\r\nSec-WebSocket-Extensions: permessage-deflate; "
                            "server_no_context_takeover; client_no_context_takeover\r\n") !=
          std::string::npos);
    for (const auto& [request, options] :
         {std::pair{offer, UpgradeOptions{}}, std::pair{good_request(), wants},
          std::pair{with("Sec-WebSocket-Extensions", "permessage-deflate; bad"), wants}}) {
      const auto plain = accept_upgrade(request, options);
      REQUIRE(plain);
      CHECK_FALSE(plain->deflate);
      CHECK(plain->head.find("Sec-WebSocket-Extensions") == std::string::npos);
    }
  }

  TEST_CASE("no further field can end its line, or speak for the handshake") {
    const std::string plain = accept_upgrade(good_request())->head;
    UpgradeOptions options;
    options.headers.add("X-Value", "a\r\nInjected: yes");
    options.headers.add("X-Value", "a\nInjected: yes");
    options.headers.add("X-Value", std::string("a\0b", 3));
    options.headers.add("X-Name: a\r\nInjected", "yes");
    options.headers.add("", "empty");
    options.headers.add("upgrade", "h2c");
    options.headers.add("Connection", "close");
    options.headers.add("Sec-WebSocket-ACCEPT", "mine");
    options.headers.add("Sec-WebSocket-Extensions", "x");
    options.headers.add("Content-Length", "5");
    options.headers.add("Transfer-Encoding", "chunked");
    CHECK(accept_upgrade(good_request(), options)->head == plain);
  }
}

}  // namespace
}  // namespace chatd::ws
