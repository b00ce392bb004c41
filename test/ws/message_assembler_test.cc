#include "ws/message_assembler.h"

#include "ws/client_frame.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

namespace chatd::ws {
namespace {

// A decoder and an assembler behind one another, as in a Session.
class Assembling {
 public:
  Assembling& feed(std::string bytes) {
    std::span<char> span(bytes);
    while (!violation_) {
      const auto piece = decoder_.next(span);
      REQUIRE(piece);
      if (!*piece) break;
      const auto message = assembler_.add(**piece);
      if (!message) violation_ = message.error().code;
      if (message && *message) {
        const bool is_text = (*message)->kind == MessageKind::Text;
        heard_.push_back((is_text ? "text " : "binary ") + std::string((*message)->payload));
      }
    }
    return *this;
  }

  const std::vector<std::string>& heard() const { return heard_; }
  std::optional<CloseCode> violation() const { return violation_; }

 private:
  FrameDecoder decoder_{1 << 20};
  MessageAssembler assembler_{1 << 20};
  std::vector<std::string> heard_;
  std::optional<CloseCode> violation_;
};

// How many bytes of a text frame's payload can arrive before the violation is found; none if it
// never is.
std::optional<std::size_t> fails_after(const std::string& payload) {
  Assembling assembling;
  const std::string bytes = client_text(payload);
  assembling.feed(bytes.substr(0, 6));
  for (std::size_t at = 6; at < bytes.size(); ++at) {
    assembling.feed(bytes.substr(at, 1));
    if (assembling.violation()) return at - 6;
  }
  return std::nullopt;
}

TEST_SUITE("ws") {
  TEST_CASE("a message in one piece is passed through without a copy") {
    std::string payload = "as it is";
    MessageAssembler assembler(1 << 20);
    const auto message = assembler.add({.opcode = Opcode::Text, .payload = payload});
    REQUIRE(message);
    REQUIRE(*message);
    CHECK((*message)->payload.data() == payload.data());
    CHECK((*message)->payload == "as it is");
    CHECK((*message)->storage.empty());
  }

  TEST_CASE("pieces are put together, and their memory goes with the message") {
    std::string first = "to";
    std::string second = "gether";
    MessageAssembler assembler(1 << 20);
    const auto none = assembler.add({.opcode = Opcode::Binary,
                                     .begins_message = true,
                                     .ends_message = false,
                                     .payload = first});
    REQUIRE(none);
    CHECK_FALSE(*none);
    const auto message = assembler.add({.opcode = Opcode::Binary,
                                        .begins_message = false,
                                        .ends_message = true,
                                        .payload = second});
    REQUIRE(message);
    REQUIRE(*message);
    CHECK((*message)->kind == MessageKind::Binary);
    CHECK((*message)->payload == "together");
    CHECK((*message)->storage.size() == 8);
  }

  TEST_CASE("empty fragments make an empty message") {
    Assembling assembling;
    assembling.feed(ClientFrame{.fin = false}.bytes());
    assembling.feed(ClientFrame{.opcode = Opcode::Continuation, .fin = false}.bytes());
    assembling.feed(ClientFrame{.opcode = Opcode::Continuation}.bytes());
    CHECK(assembling.heard() == std::vector<std::string>{"text "});
  }

  TEST_CASE("a character may be split between fragments") {
    const std::string text = "κόσμε, 聊天室 😀";
    for (std::size_t split = 0; split <= text.size(); ++split) {
      CAPTURE(split);
      Assembling assembling;
      assembling.feed(ClientFrame{.payload = text.substr(0, split), .fin = false}.bytes());
      assembling.feed(
          ClientFrame{.opcode = Opcode::Continuation, .payload = text.substr(split)}.bytes());
      CHECK(assembling.heard() == std::vector<std::string>{"text " + text});
    }
  }

  TEST_CASE("a binary message may be any bytes") {
    Assembling assembling;
    assembling.feed(ClientFrame{.opcode = Opcode::Binary, .payload = "\xFF\xC0\x80"}.bytes());
    assembling.feed(ClientFrame{.opcode = Opcode::Binary, .payload = "\xF5", .fin = false}.bytes());
    assembling.feed(ClientFrame{.opcode = Opcode::Continuation, .payload = "\xFF"}.bytes());
    CHECK(assembling.heard() == std::vector<std::string>{"binary \xFF\xC0\x80", "binary \xF5\xFF"});
  }

  TEST_CASE("a text that is not UTF-8 fails the connection with 1007") {
    for (const std::string bad : {"\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFE",
                                  "abc\xFF", "cut \xE2\x82"}) {
      CAPTURE(bad);
      CHECK(Assembling().feed(client_text(bad)).violation() == CloseCode::InvalidPayload);
    }
  }

  TEST_CASE("the first wrong byte fails the connection, though the frame is still arriving") {
    const std::string rest(100, 'x');
    CHECK(fails_after("ok\xFF" + rest) == 2);
    CHECK(fails_after("κόσμε\xED\xA0\x80" + rest) == 11);
    CHECK(fails_after("\xF4\x90" + rest) == 1);
    CHECK(fails_after("\xE0\x9F" + rest) == 1);
    CHECK(fails_after("\xC3(" + rest) == 1);
    CHECK(fails_after("half \xF0\x9F\x98") == 7);
    CHECK(fails_after("whole 😀") == std::nullopt);
  }

  TEST_CASE("the first wrong byte fails the connection, though fragments are still to come") {
    Assembling assembling;
    assembling.feed(ClientFrame{.payload = "\xF4", .fin = false}.bytes());
    CHECK_FALSE(assembling.violation());
    assembling.feed(
        ClientFrame{.opcode = Opcode::Continuation, .payload = "\x90", .fin = false}.bytes());
    CHECK(assembling.violation() == CloseCode::InvalidPayload);
  }

  TEST_CASE("a message that ends within a character fails the connection") {
    Assembling assembling;
    assembling.feed(ClientFrame{.payload = "\xE2\x82", .fin = false}.bytes());
    CHECK_FALSE(assembling.violation());
    assembling.feed(ClientFrame{.opcode = Opcode::Continuation}.bytes());
    CHECK(assembling.violation() == CloseCode::InvalidPayload);
  }

  TEST_CASE("a large message may come in fragments of any size") {
    const std::string text(std::size_t{1} << 20, '*');
    for (const std::size_t size : {64u, 4'096u, 65'536u, 1'048'576u}) {
      Assembling assembling;
      for (std::size_t at = 0; at < text.size(); at += size) {
        assembling.feed(ClientFrame{.opcode = at == 0 ? Opcode::Text : Opcode::Continuation,
                                    .payload = std::string_view(text).substr(at, size),
                                    .fin = at + size == text.size()}
                            .bytes());
      }
      REQUIRE(assembling.heard().size() == 1);
      CHECK(assembling.heard().front() == "text " + text);
    }
  }

  TEST_CASE("one message's end leaves nothing behind for the next") {
    Assembling assembling;
    assembling.feed(ClientFrame{.payload = "a", .fin = false}.bytes());
    assembling.feed(ClientFrame{.opcode = Opcode::Continuation, .payload = "b"}.bytes());
    assembling.feed(ClientFrame{.payload = "c", .fin = false}.bytes());
    assembling.feed(ClientFrame{.opcode = Opcode::Continuation, .payload = "d"}.bytes());
    assembling.feed(client_text("e"));
    CHECK(assembling.heard() == std::vector<std::string>{"text ab", "text cd", "text e"});
  }
}

}  // namespace
}  // namespace chatd::ws
