#include "bench/frame_reader.h"

#include "ws/client_frame.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace chatd::bench {
namespace {

using ws::ClientFrame;

std::string from_server(std::string_view payload, int length_bytes = -1) {
  return ClientFrame{.payload = payload, .masked = false, .length_bytes = length_bytes}.bytes();
}

// The one frame in these bytes. It views them.
Frame only_frame(const std::string& bytes) {
  std::vector<Frame> frames;
  CHECK(read_frames(bytes, [&](const Frame& frame) { frames.push_back(frame); }) == bytes.size());
  REQUIRE(frames.size() == 1);
  return frames[0];
}

// As a member does: what is no whole frame is kept until more has come.
class Reading {
 public:
  void feed(std::string_view bytes) {
    pending_ += bytes;
    pending_.erase(0, read_frames(pending_, [this](const Frame& frame) {
                     heard_.emplace_back(frame.payload);
                   }));
  }
  const std::vector<std::string>& heard() const { return heard_; }
  std::size_t left() const { return pending_.size(); }

 private:
  std::string pending_;
  std::vector<std::string> heard_;
};

TEST_SUITE("bench") {
  TEST_CASE("a frame's payload is read in each form of its length") {
    for (const std::size_t size : {0, 1, 125, 126, 127, 65535, 65536, 100'000}) {
      CAPTURE(size);
      const std::string payload(size, 'x');
      const std::string bytes = from_server(payload);
      CHECK(bytes.size() == size + (size < 126 ? 2 : size < 65536 ? 4 : 10));
      CHECK(only_frame(bytes).payload == payload);
    }
    for (const int length_bytes : {0, 2, 8}) {
      CAPTURE(length_bytes);
      CHECK(only_frame(from_server("hello", length_bytes)).payload == "hello");
    }
  }

  TEST_CASE("several frames come out in their order, wherever the bytes are split") {
    const std::vector<std::string> said = {"one", "", std::string(126, 'b'), std::string(300, 'c'),
                                           "five"};
    std::string bytes;
    for (const std::string& each : said) bytes += from_server(each);
    bytes += from_server("in the widest form", 8);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      CAPTURE(cut);
      Reading reading;
      reading.feed(std::string_view(bytes).substr(0, cut));
      reading.feed(std::string_view(bytes).substr(cut));
      CHECK(reading.left() == 0);
      REQUIRE(reading.heard().size() == said.size() + 1);
      CHECK(std::vector(reading.heard().begin(), reading.heard().end() - 1) == said);
      CHECK(reading.heard().back() == "in the widest form");
    }
  }

  TEST_CASE("byte by byte nothing is given before it is whole") {
    for (const int length_bytes : {0, 2, 8}) {
      CAPTURE(length_bytes);
      const std::string bytes = from_server("hello", length_bytes);
      Reading reading;
      for (std::size_t at = 0; at + 1 < bytes.size(); ++at) {
        reading.feed(std::string_view(bytes).substr(at, 1));
        CHECK(reading.heard().empty());
        CHECK(reading.left() == at + 1);
      }
      reading.feed(std::string_view(bytes).substr(bytes.size() - 1));
      CHECK(reading.heard() == std::vector<std::string>{"hello"});
    }
  }

  TEST_CASE("a length that never comes true gives nothing") {
    const std::string bytes =
        ClientFrame{.payload = "hello", .masked = false, .announced = UINT64_MAX - 1}.bytes();
    Reading reading;
    reading.feed(bytes);
    CHECK(reading.heard().empty());
    CHECK(reading.left() == bytes.size());
  }

  TEST_CASE("the bits of byte 0 are told") {
    const Frame text = only_frame(from_server("hello"));
    CHECK(text.opcode == 1);
    CHECK(text.final);
    CHECK_FALSE(text.deflated);
    CHECK(text.sound);

    const auto frame = [](ClientFrame sent) {
      sent.masked = false;
      return only_frame(sent.bytes());
    };
    CHECK(frame({.opcode = ws::Opcode::Ping}).opcode == 9);
    CHECK(frame({.opcode = ws::Opcode::Close}).opcode == 8);
    CHECK_FALSE(frame({.fin = false}).final);
    CHECK(frame({.reserved = 4}).deflated);
    CHECK(frame({.reserved = 4}).sound);
  }

  TEST_CASE("what no server may send is not sound") {
    CHECK_FALSE(only_frame(ClientFrame{.reserved = 2, .masked = false}.bytes()).sound);
    CHECK_FALSE(only_frame(ClientFrame{.reserved = 1, .masked = false}.bytes()).sound);
    std::string masked = from_server("hello");
    masked[1] = static_cast<char>(masked[1] | 0x80);
    CHECK_FALSE(only_frame(masked).sound);
  }
}

}  // namespace
}  // namespace chatd::bench
