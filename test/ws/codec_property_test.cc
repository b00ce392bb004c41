// Random messages, cut into random fragments, masked with random keys, arriving in random pieces:
// what comes out is what went in.

#include "ws/client_frame.h"
#include "ws/frame_decoder.h"
#include "ws/message_assembler.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace chatd::ws {
namespace {

class Chance {
 public:
  explicit Chance(unsigned seed) : engine_(seed) {}

  std::size_t up_to(std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(0, most)(engine_);
  }
  bool one_in(std::size_t n) { return up_to(n - 1) == 0; }
  MaskKey key() {
    MaskKey key;
    for (auto& byte : key) byte = static_cast<unsigned char>(up_to(255));
    return key;
  }

 private:
  std::mt19937 engine_;
};

struct Sent {
  std::string bytes;
  std::vector<std::string> messages;
  std::vector<std::string> pings;
};

std::string random_text(Chance& chance) {
  static const std::vector<std::string> kCharacters{"a", "é", "€", "聊", "😀", "\x7F"};
  std::string text;
  const std::size_t most = chance.one_in(8) ? 40'000 : 40;
  for (std::size_t left = chance.up_to(most); left > 0; --left) {
    text += kCharacters[chance.up_to(kCharacters.size() - 1)];
  }
  return text;
}

void send_in_fragments(Chance& chance, std::string_view text, Sent& sent) {
  bool first = true;
  bool last = false;
  while (!last) {
    const std::size_t size = std::min(text.size(), chance.up_to(text.size() + 5));
    last = size == text.size();
    sent.bytes += ClientFrame{.opcode = first ? Opcode::Text : Opcode::Continuation,
                              .payload = text.substr(0, size),
                              .fin = last,
                              .mask = chance.key()}
                      .bytes();
    text.remove_prefix(size);
    first = false;
    if (chance.one_in(4)) {
      sent.pings.push_back(std::string(chance.up_to(125), 'p'));
      const std::string& payload = sent.pings.back();
      sent.bytes +=
          ClientFrame{.opcode = Opcode::Ping, .payload = payload, .mask = chance.key()}.bytes();
    }
  }
}

Sent random_traffic(Chance& chance) {
  Sent sent;
  for (std::size_t left = chance.up_to(6); left > 0; --left) {
    sent.messages.push_back(random_text(chance));
    send_in_fragments(chance, sent.messages.back(), sent);
  }
  return sent;
}

void receive(Chance& chance, std::string_view bytes, Sent& heard) {
  FrameDecoder decoder(1 << 20);
  MessageAssembler assembler(1 << 20);
  std::string left;
  while (!bytes.empty()) {
    const std::size_t most = chance.one_in(2) ? 4 : 5'000;
    const std::size_t size = std::min(bytes.size(), 1 + chance.up_to(most));
    left += bytes.substr(0, size);
    bytes.remove_prefix(size);
    std::span<char> span(left);
    while (true) {
      const auto piece = decoder.next(span);
      REQUIRE(piece);
      if (!*piece) break;
      if ((*piece)->opcode == Opcode::Ping) {
        heard.pings.emplace_back((*piece)->payload.begin(), (*piece)->payload.end());
        continue;
      }
      const auto message = assembler.add(**piece);
      REQUIRE(message);
      if (*message) heard.messages.emplace_back((*message)->payload);
    }
    left.erase(0, left.size() - span.size());
    REQUIRE(left.size() < 131);
  }
}

TEST_SUITE("ws") {
  TEST_CASE("messages survive any fragmentation, any mask and any arrival") {
    for (unsigned seed = 1; seed <= 300; ++seed) {
      CAPTURE(seed);
      Chance chance(seed);
      const Sent sent = random_traffic(chance);
      Sent heard;
      receive(chance, sent.bytes, heard);
      REQUIRE(heard.messages == sent.messages);
      REQUIRE(heard.pings == sent.pings);
    }
  }

  TEST_CASE("random bytes are refused or waited for, and never read beyond their end") {
    for (unsigned seed = 1; seed <= 2'000; ++seed) {
      CAPTURE(seed);
      Chance chance(seed);
      std::vector<char> bytes(chance.up_to(200));  // on the heap, so that asan sees its end
      for (char& byte : bytes) byte = static_cast<char>(chance.up_to(255));
      if (bytes.size() > 1 && chance.one_in(2)) bytes[1] = static_cast<char>(bytes[1] | 0x80);
      FrameDecoder decoder(1 << 16, Coding::Deflate);
      MessageAssembler assembler(1 << 16, std::make_unique<Inflater>(15, Takeover::No));
      std::span<char> span(bytes);
      while (true) {
        const auto piece = decoder.next(span);
        if (!piece || !*piece) break;
        if (!is_control((*piece)->opcode) && !assembler.add(**piece)) break;
      }
    }
  }
}

}  // namespace
}  // namespace chatd::ws
