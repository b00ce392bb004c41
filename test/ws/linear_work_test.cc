// No input makes work grow faster than linearly with its size: what four times as much costs.

#include "http/cookie.h"
#include "http/parser.h"
#include "http/url.h"
#include "ws/client_frame.h"
#include "ws/deflate.h"
#include "ws/frame_decoder.h"
#include "ws/handshake.h"
#include "ws/message_assembler.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <time.h>

namespace chatd::ws {
namespace {

using Work = std::function<void(std::string& input)>;
using Make = std::function<std::string(std::size_t bytes)>;

constexpr std::size_t kSmallBytes = std::size_t{64} << 10;

// Of this thread's processor: what else the machine does counts little.
double seconds_now() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double cost(const Make& make, const Work& work, std::size_t bytes) {
  double least = std::numeric_limits<double>::max();
  for (int round = 0; round < 3; ++round) {
    std::string input = make(bytes);
    const double start = seconds_now();
    work(input);
    least = std::min(least, seconds_now() - start);
  }
  return least;
}

// Linear work comes to 4, quadratic to 16; caches and allocators have their say too. What takes no
// time worth measuring is not quadratic.
void check_linear(const Make& make, const Work& work) {
  double ratio = 0;
  for (int attempt = 0; attempt < 3; ++attempt) {
    const double small = cost(make, work, kSmallBytes);
    ratio = cost(make, work, 4 * kSmallBytes) / std::max(small, 0.0005);
    if (ratio < 9) break;
  }
  CHECK(ratio < 9);
}

Make repeated(const std::string& part) {
  return [part](std::size_t bytes) {
    std::string text;
    while (text.size() < bytes) text += part;
    return text;
  };
}

// Requests in pieces of that size.
Work parses_requests(std::size_t piece_bytes) {
  return [=](std::string& input) {
    constexpr std::size_t kMany = std::size_t{1} << 24;
    const http::Limits limits{.max_target_bytes = kMany,
                              .max_head_bytes = kMany,
                              .max_header_count = kMany,
                              .max_body_bytes = kMany};
    http::Parser parser(limits);
    for (std::size_t at = 0; at < input.size();) {
      const auto fed = parser.feed(std::string_view(input).substr(at, piece_bytes));
      if (fed.progress == http::Parser::Progress::Refused) FAIL("refused");
      at += fed.taken;
      if (fed.progress == http::Parser::Progress::Complete) static_cast<void>(parser.take());
    }
    CHECK(parser.state() == http::Parser::State::Idle);
  };
}

Make between(const std::string& first, const std::string& part, const std::string& last) {
  return [=](std::size_t bytes) { return first + repeated(part)(bytes) + last; };
}

// What arrives in pieces of that size, as a connection offers it: with what was left before it.
Work takes_frames(std::size_t piece_bytes) {
  return [=](std::string& input) {
    FrameDecoder decoder(std::size_t{1} << 24, Coding::Deflate);
    MessageAssembler assembler(std::size_t{1} << 24,
                               std::make_unique<Inflater>(kMaxWindowBits, Takeover::Yes));
    std::span<char> all(input);
    std::size_t taken = 0;
    for (std::size_t offered = 0; offered < all.size();) {
      offered = std::min(all.size(), offered + piece_bytes);
      std::span<char> bytes = all.subspan(taken, offered - taken);
      while (true) {
        const auto piece = decoder.next(bytes);
        if (!piece) FAIL(piece.error().reason);
        if (!*piece) break;
        if (is_control((*piece)->opcode)) continue;
        if (const auto added = assembler.add(**piece); !added) FAIL(added.error().reason);
      }
      taken = offered - bytes.size();
    }
  };
}

std::string continuation(std::string_view payload) {
  return ClientFrame{.opcode = Opcode::Continuation, .payload = payload, .fin = false}.bytes();
}

TEST_SUITE("ws") {
  TEST_CASE("a head takes time in proportion to its size, in pieces or whole") {
    const std::string first = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, std::size_t{1} << 24}) {
      CAPTURE(piece);
      check_linear(between(first, "A: b\r\n", "\r\n"), parses_requests(piece));
      check_linear(between(first + "A: ", "b", "\r\n\r\n"), parses_requests(piece));
      check_linear(between(first + "A: b", " ", "c\r\n\r\n"), parses_requests(piece));
      check_linear(between("GET /?", "%20", " HTTP/1.1\r\nHost: a\r\n\r\n"),
                   parses_requests(piece));
    }
  }

  TEST_CASE("a body takes time in proportion to its size, in pieces or whole") {
    const std::string first = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const std::size_t piece : {std::size_t{1}, std::size_t{1} << 24}) {
      CAPTURE(piece);
      check_linear(between(first, "1\r\nx\r\n", "0\r\n\r\n"), parses_requests(piece));
      check_linear(repeated("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), parses_requests(piece));
    }
  }

  TEST_CASE("cookies, forms and lists take time in proportion to their size") {
    for (const char* part : {"a=b; ", ";", "a=\"\\054\"; ", "\"", "\\", "=", " ", "a"}) {
      CAPTURE(part);
      check_linear(repeated(part),
                   [](std::string& input) { static_cast<void>(http::parse_cookie_line(input)); });
    }
    for (const char* part : {"a=b&", "&", "%", "%41", "+", "=", "a"}) {
      CAPTURE(part);
      check_linear(repeated(part), [](std::string& input) {
        static_cast<void>(http::parse_form(input, std::numeric_limits<std::size_t>::max()));
      });
    }
    for (const char* part : {"a,", ",", "\"", "\\\"", " ", "permessage-deflate; x,", "a;", ";"}) {
      CAPTURE(part);
      check_linear(repeated(part), [](std::string& input) {
        http::Headers headers;
        headers.add("A", input);
        static_cast<void>(negotiate_deflate(headers.list("A"), {}));
      });
    }
  }

  TEST_CASE("a handshake with many subprotocols takes time in proportion to them") {
    const Make make = [](std::size_t bytes) {
      std::string list;
      for (int i = 0; list.size() < bytes; ++i) list += "p" + std::to_string(i) + ",";
      return list;
    };
    check_linear(make, [](std::string& input) {
      http::Request request;
      request.method = "GET";
      request.headers.add("Host", "a");
      request.headers.add("Upgrade", "websocket");
      request.headers.add("Connection", "Upgrade");
      request.headers.add("Sec-WebSocket-Version", "13");
      request.headers.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
      request.headers.add("Sec-WebSocket-Protocol", input);
      CHECK(accept_upgrade(request, {.subprotocol = "none of them"}));
    });
  }

  TEST_CASE("fragments take time in proportion to their number, in pieces or whole") {
    const std::string first = ClientFrame{.opcode = Opcode::Text, .fin = false}.bytes();
    for (const std::size_t piece : {std::size_t{1}, std::size_t{64} << 10}) {
      CAPTURE(piece);
      check_linear(between(first, continuation("x"), ""), takes_frames(piece));
      check_linear(between(first, continuation(""), ""), takes_frames(piece));
      check_linear(between(first, client_text("x").replace(0, 1, "\x89"), ""), takes_frames(piece));
      check_linear(repeated(client_text("x")), takes_frames(piece));
      const Make one_frame = [](std::size_t bytes) { return client_text(std::string(bytes, 'x')); };
      check_linear(one_frame, takes_frames(piece));
    }
  }

  TEST_CASE("deflated fragments take time in proportion to their number") {
    const std::string first =
        ClientFrame{.opcode = Opcode::Binary, .fin = false, .reserved = 4}.bytes();
    // Stored blocks with nothing in them, and with a byte.
    const std::string nothing = continuation(std::string_view("\0\0\0\xFF\xFF", 5));
    const std::string byte = continuation(std::string_view("\0\x01\0\xFE\xFFx", 6));
    for (const std::size_t piece : {std::size_t{1}, std::size_t{64} << 10}) {
      CAPTURE(piece);
      check_linear(between(first, nothing, ""), takes_frames(piece));
      check_linear(between(first, byte, ""), takes_frames(piece));
    }
  }
}

}  // namespace
}  // namespace chatd::ws
