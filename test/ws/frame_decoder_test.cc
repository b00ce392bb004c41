#include "ws/frame_decoder.h"

#include "ws/client_frame.h"
#include "ws/decoding.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace chatd::ws {
namespace {

using Heard = std::vector<std::string>;

CloseCode verdict(const std::string& bytes, Coding accepted = Coding::Plain) {
  const CloseCode whole = Decoding(1 << 20, accepted).feed(bytes).code();
  // However slowly it arrives, the verdict is the same.
  CHECK(Decoding(1 << 20, accepted).feed_in_pieces_of(1, bytes).code() == whole);
  return whole;
}

TEST_SUITE("ws") {
  TEST_CASE("the masked Hello of RFC 6455, 5.7 is decoded") {
    Decoding decoding;
    decoding.feed("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
    CHECK(decoding.heard() == Heard{"text Hello"});
    CHECK(decoding.left() == 0);
  }

  TEST_CASE("a whole frame is delivered where it lies, in one piece") {
    std::string bytes = client_text("where I am");
    FrameDecoder decoder(100);
    std::span<char> span(bytes);
    const auto piece = decoder.next(span);
    REQUIRE(piece);
    REQUIRE(*piece);
    CHECK((*piece)->payload.data() == bytes.data() + 6);
    CHECK((*piece)->begins_message);
    CHECK((*piece)->ends_message);
    CHECK(bytes.substr(6) == "where I am");
  }

  TEST_CASE("frames of every length form are decoded, whole and byte by byte") {
    for (const std::size_t size : {0u, 1u, 124u, 125u, 126u, 127u, 65535u, 65536u, 65537u}) {
      CAPTURE(size);
      const std::string payload(size, 'p');
      const std::string bytes = ClientFrame{.opcode = Opcode::Binary, .payload = payload}.bytes();
      CHECK(Decoding().feed(bytes).heard() == Heard{"binary " + payload});
      CHECK(Decoding().feed_in_pieces_of(1, bytes).heard() == Heard{"binary " + payload});
    }
  }

  TEST_CASE("several frames in one read are decoded in their order") {
    const std::string bytes = client_text("one") + client_text("") +
                              ClientFrame{.opcode = Opcode::Ping, .payload = "p"}.bytes() +
                              client_text("two");
    CHECK(Decoding().feed(bytes).heard() == Heard{"text one", "text ", "ping p", "text two"});
  }

  TEST_CASE("a control frame may stand between fragments") {
    const std::string bytes =
        ClientFrame{.payload = "frag", .fin = false}.bytes() +
        ClientFrame{.opcode = Opcode::Ping, .payload = "now"}.bytes() +
        ClientFrame{.opcode = Opcode::Continuation, .payload = "", .fin = false}.bytes() +
        ClientFrame{.opcode = Opcode::Pong, .payload = ""}.bytes() +
        ClientFrame{.opcode = Opcode::Continuation, .payload = "ment"}.bytes();
    const Heard heard{"ping now", "pong ", "text fragment"};
    CHECK(Decoding().feed(bytes).heard() == heard);
    CHECK(Decoding().feed_in_pieces_of(1, bytes).heard() == heard);
  }

  TEST_CASE("a continuation belongs to the kind of message that it continues") {
    const std::string bytes =
        ClientFrame{.opcode = Opcode::Binary, .payload = "a", .fin = false}.bytes() +
        ClientFrame{.opcode = Opcode::Continuation, .payload = "b"}.bytes() + client_text("c");
    CHECK(Decoding().feed(bytes).heard() == Heard{"binary ab", "text c"});
  }

  TEST_CASE("part of a data frame is delivered as it arrives, and nothing of it is kept back") {
    const std::string bytes = client_text("slowly");
    Decoding decoding;
    decoding.feed(bytes.substr(0, 8));
    CHECK(decoding.partial() == "sl");
    CHECK(decoding.left() == 0);
  }

  TEST_CASE("part of a header or of a control frame is left for later") {
    const std::string text = client_text(std::string(300, 'x'));
    for (std::size_t size = 0; size < 8; ++size) {
      CHECK(Decoding().feed(text.substr(0, size)).left() == size);
    }
    CHECK(Decoding().feed(text.substr(0, 8)).left() == 0);
    const std::string ping = ClientFrame{.opcode = Opcode::Ping, .payload = "12345"}.bytes();
    for (std::size_t size = 0; size < ping.size(); ++size) {
      CHECK(Decoding().feed(ping.substr(0, size)).left() == size);
    }
  }

  TEST_CASE("a reserved bit fails the connection in any frame") {
    for (const unsigned reserved : {1u, 2u, 3u, 4u, 5u, 6u, 7u}) {
      for (const Opcode opcode : {Opcode::Text, Opcode::Binary, Opcode::Close, Opcode::Ping}) {
        CAPTURE(reserved);
        CHECK(verdict(ClientFrame{.opcode = opcode, .reserved = reserved}.bytes()) ==
              CloseCode::ProtocolError);
      }
    }
  }

  TEST_CASE("RSV1 is allowed in a message's first frame only, when deflate was negotiated") {
    const auto first = ClientFrame{.payload = "a", .fin = false, .reserved = 4}.bytes();
    const auto plain_first = ClientFrame{.payload = "a", .fin = false}.bytes();
    const ClientFrame next{.opcode = Opcode::Continuation, .payload = "b"};
    const ClientFrame marked_next{.opcode = Opcode::Continuation, .payload = "b", .reserved = 4};
    const ClientFrame ping{.opcode = Opcode::Ping, .reserved = 4};
    CHECK(verdict(first + next.bytes(), Coding::Deflate) == CloseCode::Normal);
    CHECK(verdict(first + marked_next.bytes(), Coding::Deflate) == CloseCode::ProtocolError);
    CHECK(verdict(plain_first + marked_next.bytes(), Coding::Deflate) == CloseCode::ProtocolError);
    CHECK(verdict(ping.bytes(), Coding::Deflate) == CloseCode::ProtocolError);
    CHECK(verdict(ClientFrame{.reserved = 5}.bytes(), Coding::Deflate) == CloseCode::ProtocolError);
  }

  TEST_CASE("a reserved opcode fails the connection") {
    for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
      CAPTURE(opcode);
      CHECK(verdict(ClientFrame{.opcode = static_cast<Opcode>(opcode)}.bytes()) ==
            CloseCode::ProtocolError);
    }
  }

  TEST_CASE("a frame without a mask fails the connection") {
    CHECK(verdict(ClientFrame{.payload = "x", .masked = false}.bytes()) ==
          CloseCode::ProtocolError);
    CHECK(verdict(ClientFrame{.opcode = Opcode::Ping, .masked = false}.bytes()) ==
          CloseCode::ProtocolError);
  }

  TEST_CASE("a control frame of 125 bytes is allowed, one of 126 is not") {
    for (const Opcode opcode : {Opcode::Ping, Opcode::Pong, Opcode::Close}) {
      const std::string payload(126, '\x03');
      CHECK(verdict(ClientFrame{.opcode = opcode, .payload = payload.substr(1)}.bytes()) ==
            CloseCode::Normal);
      CHECK(verdict(ClientFrame{.opcode = opcode, .payload = payload}.bytes()) ==
            CloseCode::ProtocolError);
    }
  }

  TEST_CASE(
      "a control frame with a long form of length fails the connection, however short it is") {
    CHECK(verdict(ClientFrame{.opcode = Opcode::Ping, .payload = "x", .length_bytes = 2}.bytes()) ==
          CloseCode::ProtocolError);
  }

  TEST_CASE("a fragmented control frame fails the connection") {
    for (const Opcode opcode : {Opcode::Ping, Opcode::Pong, Opcode::Close}) {
      CHECK(verdict(ClientFrame{.opcode = opcode, .fin = false}.bytes()) ==
            CloseCode::ProtocolError);
    }
  }

  TEST_CASE("a continuation of nothing fails the connection") {
    const ClientFrame last{.opcode = Opcode::Continuation, .payload = "x"};
    const ClientFrame more{.opcode = Opcode::Continuation, .payload = "x", .fin = false};
    CHECK(verdict(last.bytes()) == CloseCode::ProtocolError);
    CHECK(verdict(more.bytes()) == CloseCode::ProtocolError);
    CHECK(verdict(client_text("whole") + last.bytes()) == CloseCode::ProtocolError);
  }

  TEST_CASE("a new message within a fragmented one fails the connection") {
    const std::string begun = ClientFrame{.payload = "x", .fin = false}.bytes();
    CHECK(verdict(begun + client_text("y")) == CloseCode::ProtocolError);
    CHECK(verdict(begun + begun) == CloseCode::ProtocolError);
  }

  TEST_CASE("a length that is not in its shortest form fails the connection") {
    for (const std::size_t size : {0u, 1u, 125u}) {
      const std::string payload(size, 'x');
      CHECK(verdict(ClientFrame{.payload = payload, .length_bytes = 2}.bytes()) ==
            CloseCode::ProtocolError);
      CHECK(verdict(ClientFrame{.payload = payload, .length_bytes = 8}.bytes()) ==
            CloseCode::ProtocolError);
    }
    const std::string payload(65535, 'x');
    CHECK(verdict(ClientFrame{.payload = payload, .length_bytes = 8}.bytes()) ==
          CloseCode::ProtocolError);
  }

  TEST_CASE("a length with the top bit set fails the connection") {
    const ClientFrame frame{.length_bytes = 8, .announced = std::uint64_t{1} << 63};
    CHECK(verdict(frame.bytes()) == CloseCode::ProtocolError);
    const ClientFrame just_huge{.length_bytes = 8, .announced = (std::uint64_t{1} << 63) - 1};
    CHECK(verdict(just_huge.bytes()) == CloseCode::MessageTooBig);
  }

  TEST_CASE("a message of the limit is taken, one byte more is refused from the header alone") {
    const std::string payload(1000, 'x');
    CHECK(Decoding(1000).feed(client_text(payload)).heard().size() == 1);
    const ClientFrame longer{.announced = 1001};
    CHECK(Decoding(1000).feed(longer.bytes()).code() == CloseCode::MessageTooBig);
    CHECK(Decoding(UINT64_MAX).feed(longer.bytes()).code() == CloseCode::Normal);
  }

  TEST_CASE("the limit holds for the sum of a message's fragments, not of several messages") {
    const std::string half(500, 'x');
    const std::string begun = ClientFrame{.payload = half, .fin = false}.bytes();
    const ClientFrame fits{.opcode = Opcode::Continuation, .payload = half};
    const ClientFrame exceeds{.opcode = Opcode::Continuation, .announced = 501};
    CHECK(Decoding(1000).feed(begun + fits.bytes()).code() == CloseCode::Normal);
    CHECK(Decoding(1000).feed(begun + exceeds.bytes()).code() == CloseCode::MessageTooBig);
    CHECK(Decoding(500).feed(client_text(half) + client_text(half)).heard().size() == 2);
  }

  TEST_CASE("a limit of nothing lets only empty messages and control frames through") {
    CHECK(Decoding(0).feed(client_text("")).heard().size() == 1);
    CHECK(Decoding(0).feed(client_text("x")).code() == CloseCode::MessageTooBig);
    CHECK(Decoding(0).feed(ClientFrame{.opcode = Opcode::Ping, .payload = "x"}.bytes()).code() ==
          CloseCode::Normal);
  }
}

}  // namespace
}  // namespace chatd::ws
