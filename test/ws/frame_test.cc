#include "ws/frame.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace chatd::ws {
namespace {

std::string header(Opcode opcode, std::uint64_t payload_bytes, Coding coding = Coding::Plain) {
  return std::string(EncodedHeader(opcode, payload_bytes, coding).view());
}

std::string bytes(std::initializer_list<unsigned> values) {
  std::string out;
  for (const unsigned value : values) out += static_cast<char>(value);
  return out;
}

CloseCode code(int number) { return static_cast<CloseCode>(number); }

std::string masked_byte_by_byte(std::string text, MaskKey key) {
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(text[i] ^ key[i % 4]);
  return text;
}

TEST_SUITE("ws") {
  TEST_CASE("a server's header is unmasked, final, and has the shortest length") {
    CHECK(header(Opcode::Text, 0) == bytes({0x81, 0}));
    CHECK(header(Opcode::Binary, 125) == bytes({0x82, 125}));
    CHECK(header(Opcode::Text, 126) == bytes({0x81, 126, 0, 126}));
    CHECK(header(Opcode::Text, 65535) == bytes({0x81, 126, 0xFF, 0xFF}));
    CHECK(header(Opcode::Text, 65536) == bytes({0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}));
    CHECK(header(Opcode::Binary, 0x0102030405060708) == bytes({0x82, 127, 1, 2, 3, 4, 5, 6, 7, 8}));
    CHECK(header(Opcode::Close, 2) == bytes({0x88, 2}));
    CHECK(header(Opcode::Ping, 0) == bytes({0x89, 0}));
    CHECK(header(Opcode::Pong, 125) == bytes({0x8A, 125}));
  }

  TEST_CASE("a deflated message's header has RSV1 set") {
    CHECK(header(Opcode::Text, 5, Coding::Deflate) == bytes({0xC1, 5}));
  }

  TEST_CASE("the mask of RFC 6455, 5.7 comes off") {
    std::string hello = bytes({0x7F, 0x9F, 0x4D, 0x51, 0x58});
    unmask(hello, {0x37, 0xFA, 0x21, 0x3D});
    CHECK(hello == "Hello");
  }

  TEST_CASE("the mask comes off at every alignment, length and start within the key") {
    const MaskKey key{0x01, 0x80, 0xFF, 0x5A};
    std::string text;
    for (int i = 0; i < 400; ++i) text += static_cast<char>(i * 7);
    const std::string masked = masked_byte_by_byte(text, key);
    for (std::size_t start = 0; start < 40; ++start) {
      for (std::size_t size = 0; start + size < 140; ++size) {
        std::string copy = masked;
        unmask(std::span(copy).subspan(start, size), rotated(key, start));
        REQUIRE(copy ==
                masked.substr(0, start) + text.substr(start, size) + masked.substr(start + size));
      }
    }
  }

  TEST_CASE("a key that was rotated in steps is the key for the sum of them") {
    const MaskKey key{1, 2, 3, 4};
    CHECK(rotated(key, 0) == key);
    CHECK(rotated(rotated(key, 3), 2) == rotated(key, 5));
    CHECK(rotated(key, (std::uint64_t{1} << 40) + 1) == MaskKey{2, 3, 4, 1});
  }

  TEST_CASE("a close code may be sent if RFC 6455, 7.4 or the registry says so") {
    for (const int number : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
                             3000, 3999, 4000, 4999}) {
      CAPTURE(number);
      CHECK(is_sendable(code(number)));
    }
    for (const int number :
         {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
      CAPTURE(number);
      CHECK_FALSE(is_sendable(code(number)));
    }
  }

  TEST_CASE("a Close without payload has no status") {
    const auto close = parse_close("");
    REQUIRE(close);
    CHECK(close->code == CloseCode::NoStatus);
    CHECK(close->reason.empty());
  }

  TEST_CASE("a Close tells its code and reason") {
    const std::string payload = bytes({0x03, 0xE8}) + "bye, Zoë";
    const auto close = parse_close(payload);
    REQUIRE(close);
    CHECK(close->code == CloseCode::Normal);
    CHECK(close->reason == "bye, Zoë");
  }

  TEST_CASE(
      "a Close with half a code, a forbidden code or a reason that is no UTF-8 is a violation") {
    CHECK(parse_close(bytes({0x03})).error().code == CloseCode::ProtocolError);
    CHECK(parse_close(bytes({0x03, 0xED})).error().code == CloseCode::ProtocolError);
    CHECK(parse_close(bytes({0x00, 0x00})).error().code == CloseCode::ProtocolError);
    CHECK(parse_close(bytes({0x03, 0xE8, 0xC0, 0x80})).error().code == CloseCode::InvalidPayload);
    CHECK(parse_close(bytes({0x03, 0xE8, 0xC3})).error().code == CloseCode::InvalidPayload);
  }

  TEST_CASE("a Close is encoded as it is parsed") {
    CHECK(encode_close(code(4321), "why") == bytes({0x10, 0xE1}) + "why");
    CHECK(encode_close(CloseCode::NoStatus, "ignored").empty());
  }

  TEST_CASE("a code that may not be sent becomes 1011") {
    for (const int number : {0, 999, 1004, 1006, 1015, 2999, 5000}) {
      CHECK(encode_close(code(number), "") == bytes({0x03, 0xF3}));
    }
  }

  TEST_CASE("a close reason is cut to 123 bytes at a character's end") {
    const std::string fits(123, 'x');
    CHECK(encode_close(CloseCode::Normal, fits).substr(2) == fits);
    CHECK(encode_close(CloseCode::Normal, fits + "x").substr(2) == fits);
    const std::string euro = "€";
    CHECK(encode_close(CloseCode::Normal, std::string(120, 'x') + euro).size() == 125);
    CHECK(encode_close(CloseCode::Normal, std::string(121, 'x') + euro).size() == 123);
    CHECK(encode_close(CloseCode::Normal, std::string(122, 'x') + euro).size() == 124);
  }

  TEST_CASE("a close reason that is not UTF-8 is left out") {
    CHECK(encode_close(CloseCode::Normal, "\xFF") == bytes({0x03, 0xE8}));
  }
}

}  // namespace
}  // namespace chatd::ws
