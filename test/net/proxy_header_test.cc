#include "net/proxy_header.h"

#include "support/proxy_header.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace chatd::net {
namespace {

using test::proxy_header;
using test::proxy_header_from;
using Progress = ProxyHeader::Progress;

// 192.0.2.1:4660 -> 198.51.100.2:443, byte for byte.
constexpr std::string_view kIpv4(
    "\x0D\x0A\x0D\x0A\x00\x0D\x0A\x51\x55\x49\x54\x0A"
    "\x21\x11\x00\x0C\xC0\x00\x02\x01\xC6\x33\x64\x02\x12\x34\x01\xBB",
    28);

std::string shown(const ProxySource& source) {
  if (std::holds_alternative<OwnAddress>(source)) return "own";
  if (std::holds_alternative<UnixAddress>(source)) return "unix";
  return std::get<IpAddress>(source).to_string();
}

// Feeds `bytes`, at most `most` at a time and never more than is wanted. Returns the source, or why
// it was refused, or "partial"; `left` is how many bytes were not asked for.
struct Outcome {
  std::string what;
  std::size_t left = 0;
};

Outcome read(std::string_view bytes, std::size_t most = std::string_view::npos) {
  ProxyHeader header;
  while (!bytes.empty() && header.wanted() > 0) {
    const std::string_view piece = bytes.substr(0, std::min(most, header.wanted()));
    bytes.remove_prefix(piece.size());
    switch (header.feed(piece)) {
      case Progress::Partial: break;
      case Progress::Complete:
        CHECK(header.wanted() == 0);
        return {shown(header.source()), bytes.size()};
      case Progress::Refused:
        CHECK(header.wanted() == 0);
        return {std::string(header.fault()), bytes.size()};
    }
  }
  return {"partial", bytes.size()};
}

std::string source_in(const std::string& bytes) { return read(bytes).what; }

bool is_refused(const std::string& bytes) {
  const std::string what = read(bytes).what;
  return what.find("PROXY header") != std::string::npos;
}

}  // namespace

TEST_SUITE("net") {
  TEST_CASE("a PROXY header says whom a connection comes from") {
    CHECK(source_in(std::string(kIpv4)) == "192.0.2.1");
    CHECK(source_in(proxy_header_from("203.0.113.9")) == "203.0.113.9");
    CHECK(source_in(proxy_header_from("2001:db8::7")) == "2001:db8::7");
    CHECK(source_in(proxy_header_from("::ffff:192.0.2.1")) == "192.0.2.1");
    CHECK(source_in(proxy_header(0x21, 0x31, std::string(216, 'u'))) == "unix");
    // A datagram's source is a source as well.
    CHECK(source_in(proxy_header(0x21, 0x12, std::string(12, '\x01'))) == "1.1.1.1");
  }

  TEST_CASE(
      "a proxy that asks for itself, or does not know for whom, leaves the connection's own") {
    CHECK(source_in(proxy_header(0x20, 0x00, "")) == "own");
    CHECK(source_in(proxy_header(0x20, 0x11, std::string(12, '\x01'))) == "own");
    CHECK(source_in(proxy_header(0x20, 0xFF, "whatever")) == "own");
    CHECK(source_in(proxy_header(0x21, 0x00, "")) == "own");
    CHECK(source_in(proxy_header(0x21, 0x00, "whatever")) == "own");
    CHECK(source_in(proxy_header(0x21, 0x10, std::string(12, '\x01'))) == "own");
    CHECK(source_in(proxy_header(0x21, 0x01, std::string(12, '\x01'))) == "own");
  }

  TEST_CASE(
      "what stands behind the addresses is skipped, and what stands behind the header is left") {
    const std::string tlvs("\x04\x00\x03pad\x20\x00\x01x", 10);
    for (const char* source : {"203.0.113.9", "2001:db8::7"}) {
      const Outcome outcome = read(proxy_header_from(source, tlvs) + "GET / HTTP/1.1");
      CHECK(outcome.what == source);
      CHECK(outcome.left == 14);
    }
    CHECK(read(proxy_header(0x20, 0x00, "") + "\x16\x03\x01").left == 3);
    CHECK(read(proxy_header(0x21, 0x31, std::string(216, 'u')) + "x").left == 1);
  }

  TEST_CASE("a PROXY header is the same in pieces of any size, and asks for nothing beyond it") {
    const std::string long_tlvs(1000, 't');
    for (const std::string& header :
         {std::string(kIpv4), proxy_header_from("2001:db8::7", long_tlvs),
          proxy_header(0x21, 0x31, std::string(216, 'u')), proxy_header(0x20, 0x00, "")}) {
      const std::string whole = read(header).what;
      for (std::size_t most = 1; most <= header.size(); ++most) {
        const Outcome outcome = read(header + "rest", most);
        CHECK(outcome.what == whole);
        CHECK(outcome.left == 4);
      }
      for (std::size_t cut = 0; cut < header.size(); ++cut) {
        CHECK(read(std::string_view(header).substr(0, cut)).what == "partial");
      }
    }
  }

  TEST_CASE("what is no PROXY header is known by its first wrong byte") {
    for (std::size_t at = 0; at < 12; ++at) {
      std::string bytes(kIpv4.substr(0, at));
      CHECK(read(bytes).what == "partial");
      bytes += 'x';
      CHECK(is_refused(bytes));
      CHECK(read(bytes, 1).what == read(bytes).what);
    }
    CHECK(is_refused("PROXY TCP4 192.0.2.1 198.51.100.2 4660 443\r\n"));
    CHECK(is_refused("GET / HTTP/1.1\r\n\r\n"));
    CHECK(is_refused("\x16\x03\x01\x02"));
    CHECK(is_refused("\r\n\r\nGET / HTTP/1.1\r\n\r\n"));
  }

  TEST_CASE("other versions, commands, families and transports are refused") {
    const std::string addresses(216, '\x01');
    for (unsigned byte = 0; byte < 256; ++byte) {
      const bool good = byte == 0x20 || byte == 0x21;
      CHECK_MESSAGE(is_refused(proxy_header(byte, 0x11, addresses)) == !good, byte);
    }
    for (unsigned byte = 0; byte < 256; ++byte) {
      const bool good = byte >> 4 <= 3 && (byte & 15) <= 2;
      CHECK_MESSAGE(is_refused(proxy_header(0x21, byte, addresses)) == !good, byte);
    }
  }

  TEST_CASE("a header too short for its addresses is refused before they come") {
    for (const auto& [family, size] : {std::pair{0x11U, 12U}, {0x21U, 36U}, {0x31U, 216U}}) {
      CHECK_FALSE(is_refused(proxy_header(0x21, family, std::string(size, 'a'))));
      const std::string shorter = proxy_header(0x21, family, std::string(size - 1, 'a'));
      CHECK(is_refused(shorter.substr(0, 16)));
      CHECK_FALSE(is_refused(proxy_header(0x20, family, std::string(size - 1, 'a'))));
    }
  }

  TEST_CASE("a header is taken up to the greatest length, and not beyond") {
    const std::size_t most = ProxyHeader::kMaxBytes - proxy_header_from("192.0.2.1").size();
    CHECK(source_in(proxy_header_from("192.0.2.1", std::string(most, 't'))) == "192.0.2.1");
    CHECK(is_refused(proxy_header_from("192.0.2.1", std::string(most + 1, 't')).substr(0, 16)));
    CHECK(is_refused(proxy_header(0x20, 0x00, std::string(0xFFFF, 't'))));
  }
}

}  // namespace chatd::net
