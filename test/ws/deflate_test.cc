#include "ws/deflate.h"

#include "ws/client_frame.h"
#include "ws/message_assembler.h"
#include "ws/prepared_message.h"

#include <doctest/doctest.h>

#include <memory>
#include <random>
#include <string>
#include <variant>
#include <vector>

namespace chatd::ws {
namespace {

std::string bytes(std::initializer_list<unsigned> values) {
  std::string out;
  for (const unsigned value : values) out += static_cast<char>(value);
  return out;
}

// One peer's inflating side: a deflated message in pieces of `piece` bytes -> its payload, or the
// code that it is refused with.
class Receiver {
 public:
  explicit Receiver(Takeover takeover = Takeover::No, std::size_t limit = 1 << 20,
                    int window_bits = kMaxWindowBits)
      : assembler_(limit, std::make_unique<Inflater>(window_bits, takeover)) {}

  std::variant<std::string, CloseCode> receive(std::string deflated, Opcode opcode = Opcode::Binary,
                                               std::size_t piece_size = SIZE_MAX) {
    std::span<char> left(deflated);
    for (bool first = true;; first = false) {
      const std::size_t size = std::min(piece_size, left.size());
      const bool last = size == left.size();
      const auto message = assembler_.add({.opcode = opcode,
                                           .coding = Coding::Deflate,
                                           .begins_message = first,
                                           .ends_message = last,
                                           .payload = left.first(size)});
      if (!message) return message.error().code;
      if (*message) return std::string((*message)->payload);
      left = left.subspan(size);
    }
  }

  std::string text(const std::string& deflated, std::size_t piece_size = SIZE_MAX) {
    const auto result = receive(deflated, Opcode::Binary, piece_size);
    return result.index() == 0 ? std::get<0>(result) : "refused";
  }

 private:
  MessageAssembler assembler_;
};

std::string some_text(std::size_t size) {
  std::mt19937 engine(7);
  std::string text;
  while (text.size() < size) text += "word" + std::to_string(engine() % 50) + " ";
  text.resize(size);
  return text;
}

std::string noise(std::size_t size) {
  std::mt19937 engine(11);
  std::string out(size, '\0');
  for (char& byte : out) byte = static_cast<char>(engine());
  return out;
}

TEST_SUITE("ws") {
  TEST_CASE("the examples of RFC 7692, 7.2.3 are inflated") {
    const std::string hello = bytes({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00});
    CHECK(Receiver().text(hello) == "Hello");
    CHECK(Receiver().text(bytes({0x00, 0x05, 0x00, 0xfa, 0xff}) + "Hello" + bytes({0x00})) ==
          "Hello");
    // 7.2.3.4: a block with BFINAL set, and then an empty one.
    CHECK(Receiver().text(bytes({0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00})) == "Hello");
    // 7.2.3.5: two blocks.
    CHECK(Receiver().text(bytes({0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9,
                                 0x07, 0x00})) == "Hello");
    // 7.2.3.6: an empty message.
    CHECK(Receiver().text(bytes({0x00})).empty());
  }

  TEST_CASE("a message may refer to the one before, when takeover was agreed on") {
    const std::string hello = bytes({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00});
    const std::string hello_again = bytes({0xf2, 0x00, 0x11, 0x00, 0x00});  // 7.2.3.2
    Receiver remembers(Takeover::Yes);
    CHECK(remembers.text(hello) == "Hello");
    CHECK(remembers.text(hello_again) == "Hello");
    Receiver forgets(Takeover::No);
    CHECK(forgets.text(hello) == "Hello");
    CHECK(forgets.text(hello_again) == "refused");
  }

  TEST_CASE("a stream that ended within a message is remembered by the next") {
    Receiver remembers(Takeover::Yes);
    CHECK(remembers.text(bytes({0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00})) == "Hello");
    CHECK(remembers.text(bytes({0xf2, 0x00, 0x11, 0x00, 0x00})) == "Hello");
  }

  TEST_CASE("what is deflated comes back, at every size, window and takeover") {
    for (const Takeover takeover : {Takeover::No, Takeover::Yes}) {
      for (int bits = kMinWindowBits; bits <= kMaxWindowBits; ++bits) {
        CAPTURE(bits);
        Deflater deflater(bits, takeover);
        Receiver receiver(takeover, 1 << 20, bits);
        for (const std::size_t size : {0u, 1u, 2u, 64u, 4'095u, 4'096u, 4'097u, 70'000u, 0u, 9u}) {
          const std::string text = some_text(size);
          REQUIRE(receiver.text(deflater.deflate(text)) == text);
          const std::string random = noise(size);
          REQUIRE(receiver.text(deflater.deflate(random)) == random);
        }
      }
    }
  }

  TEST_CASE("a deflated message may arrive in pieces of any size") {
    const std::string text = some_text(3'000);
    const std::string deflated = Deflater().deflate(text);
    for (const std::size_t size : {1u, 2u, 3u, 7u, 100u}) {
      CHECK(Receiver().text(deflated, size) == text);
    }
  }

  TEST_CASE("messages without takeover do not depend on one another") {
    Deflater deflater;
    const std::string text = some_text(500);
    const std::string first = deflater.deflate(text);
    CHECK(deflater.deflate(text) == first);
    deflater.release();
    CHECK(deflater.deflate(text) == first);
    CHECK(first.size() < 250);
  }

  TEST_CASE("with takeover the same words again cost little") {
    Deflater deflater(kMaxWindowBits, Takeover::Yes);
    const std::string text = some_text(500);
    const std::size_t first = deflater.deflate(text).size();
    CHECK(deflater.deflate(text).size() < first / 8);
  }

  TEST_CASE("a message that inflates to the limit is taken, one byte more is refused with 1009") {
    const std::string zeros(100'000, 'z');
    CHECK(Receiver(Takeover::No, 100'000).text(Deflater().deflate(zeros)) == zeros);
    const auto refused = Receiver(Takeover::No, 99'999).receive(Deflater().deflate(zeros));
    REQUIRE(refused.index() == 1);
    CHECK(std::get<1>(refused) == CloseCode::MessageTooBig);
  }

  TEST_CASE("a bomb is refused with its first bites, before it has arrived") {
    const std::string bomb = Deflater().deflate(std::string(50 << 20, '0'));
    MessageAssembler assembler(1'000, std::make_unique<Inflater>(kMaxWindowBits, Takeover::No));
    std::string piece = bomb.substr(0, 500);
    const auto refused = assembler.add(
        {.coding = Coding::Deflate, .ends_message = false, .payload = std::span<char>(piece)});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == CloseCode::MessageTooBig);
  }

  TEST_CASE("bytes that cannot be inflated are refused with 1007") {
    for (const std::string& wrong :
         {bytes({0xff}), bytes({0x06}), bytes({0x00, 0x05, 0x00, 0x05, 0x00}),
          bytes({0xf2, 0x00, 0x11, 0x00, 0x00}), std::string(), noise(100)}) {
      const auto refused = Receiver().receive(wrong);
      REQUIRE(refused.index() == 1);
      CHECK(std::get<1>(refused) == CloseCode::InvalidPayload);
    }
  }

  TEST_CASE("a deflated message that breaks off anywhere is refused, or is a shorter one") {
    const std::string text = some_text(300);
    const std::string deflated = Deflater().deflate(text);
    for (std::size_t size = 0; size < deflated.size(); ++size) {
      const auto result = Receiver().receive(deflated.substr(0, size));
      if (result.index() == 0) CHECK(text.starts_with(std::get<0>(result)));
    }
  }

  TEST_CASE("a deflated text is UTF-8, and is refused as soon as it is not") {
    CHECK(Receiver().receive(Deflater().deflate("聊天室"), Opcode::Text) ==
          std::variant<std::string, CloseCode>("聊天室"));
    const auto refused = Receiver().receive(Deflater().deflate("\xE8\x81"), Opcode::Text);
    REQUIRE(refused.index() == 1);
    CHECK(std::get<1>(refused) == CloseCode::InvalidPayload);

    std::string begun = Deflater().deflate("bad \xFF" + some_text(10'000)).substr(0, 4'000);
    MessageAssembler assembler(1 << 20, std::make_unique<Inflater>(kMaxWindowBits, Takeover::No));
    const auto early = assembler.add(
        {.coding = Coding::Deflate, .ends_message = false, .payload = std::span<char>(begun)});
    CHECK_FALSE(early);
  }

  TEST_CASE("plain and deflated messages may take turns") {
    MessageAssembler assembler(1 << 20, std::make_unique<Inflater>(kMaxWindowBits, Takeover::Yes));
    Deflater deflater(kMaxWindowBits, Takeover::Yes);
    for (int i = 0; i < 3; ++i) {
      std::string deflated = deflater.deflate("deflated");
      std::string plain = "plain";
      const auto first = assembler.add({.coding = Coding::Deflate, .payload = deflated});
      REQUIRE(first);
      CHECK((*first)->payload == "deflated");
      const auto second = assembler.add({.payload = plain});
      REQUIRE(second);
      CHECK((*second)->payload == "plain");
    }
  }

  TEST_CASE("a prepared message is deflated when that makes it smaller") {
    Deflater deflater;
    const std::string text = some_text(500);
    auto message = PreparedMessage::text(text);
    CHECK(message.deflated_frame().view() == message.frame().view());
    message.deflate(deflater);
    const std::string_view frame = message.deflated_frame().view();
    CHECK(frame.size() < 250);
    CHECK(frame[0] == '\xC1');
    CHECK(Receiver().text(std::string(frame.substr(frame.size() < 128 ? 2 : 4))) == text);
    CHECK(message.frame().view().substr(4) == text);

    for (const std::string& hopeless : {std::string("short"), noise(300)}) {
      auto plain = PreparedMessage::binary(hopeless);
      plain.deflate(deflater);
      CHECK(plain.deflated_frame().view() == plain.frame().view());
    }
  }
}

}  // namespace
}  // namespace chatd::ws
