#include "ws/frame_log.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

namespace chatd::ws {
namespace {

constexpr std::size_t kRoomy = std::size_t{4} << 20;

std::string read(const FrameLog& log, std::uint64_t from, std::uint64_t to) {
  std::string bytes;
  while (from < to) {
    std::array<iovec, 3> slices;
    const std::size_t count = log.slices(from, to, slices);
    REQUIRE(count > 0);
    for (std::size_t i = 0; i < count; ++i) {
      bytes.append(static_cast<const char*>(slices[i].iov_base), slices[i].iov_len);
      from += slices[i].iov_len;
    }
  }
  return bytes;
}

// The same log, as simply as it can be said.
struct Model {
  std::string bytes;
  std::vector<std::uint64_t> ends;

  void append(const std::string& frame) {
    bytes += frame;
    ends.push_back(bytes.size());
  }
  std::uint64_t frame_end(std::uint64_t offset) const {
    if (offset == 0) return 0;
    return *std::lower_bound(ends.begin(), ends.end(), offset);
  }
};

TEST_SUITE("ws") {
  TEST_CASE("a log that nothing was written to holds nothing") {
    FrameLog log(kRoomy);
    CHECK(log.head() == 0);
    CHECK(log.tail() == 0);
    CHECK(log.bytes() == 0);
    CHECK(log.frame_end(0) == 0);
    CHECK(log.slices(0, 0, {}) == 0);
    log.release_before(0);
    CHECK(log.head() == 0);
  }

  TEST_CASE("frames lie back to back and are read in one slice") {
    FrameLog log(kRoomy);
    CHECK(log.append("one") == 3);
    CHECK(log.append("three") == 8);
    std::array<iovec, 4> slices;
    REQUIRE(log.slices(0, 8, slices) == 1);
    CHECK(slices[0].iov_len == 8);
    CHECK(read(log, 0, 8) == "onethree");
    CHECK(read(log, 2, 5) == "eth");
    CHECK(log.slices(8, 8, slices) == 0);
  }

  TEST_CASE("a frame's end is found from any byte of it") {
    FrameLog log(kRoomy);
    log.append("one");
    log.append("three");
    for (const auto& [offset, end] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
             {0, 0}, {1, 3}, {2, 3}, {3, 3}, {4, 8}, {7, 8}, {8, 8}}) {
      CAPTURE(offset);
      CHECK(log.frame_end(offset) == end);
    }
  }

  TEST_CASE("a quiet room's log is small, and nothing once all have read it") {
    FrameLog log(kRoomy);
    for (int i = 0; i < 100; ++i) {
      log.append(std::string(100, 'x'));
      CHECK(log.bytes() <= 1024);
      log.release_before(log.head());
      CHECK(log.bytes() == 0);
      CHECK(log.tail() == log.head());
    }
    CHECK(log.head() == 10'000);
  }

  TEST_CASE("a room that was busy in one tick is read in one slice in the next") {
    FrameLog log(kRoomy);
    for (int i = 0; i < 100; ++i) log.append(std::string(100, 'x'));
    std::array<iovec, 64> slices;
    CHECK(log.slices(0, log.head(), slices) > 1);
    log.release_before(log.head());
    const std::uint64_t from = log.head();
    for (int i = 0; i < 100; ++i) log.append(std::string(100, 'x'));
    CHECK(log.slices(from, log.head(), slices) == 1);
  }

  TEST_CASE("no frame lies in two chunks") {
    FrameLog log(kRoomy);
    std::vector<std::uint64_t> ends{0};
    for (std::size_t i = 0; i < 3'000; ++i) {
      ends.push_back(log.append(std::string(1 + i * 37 % 1'500, 'x')));
    }
    ends.push_back(log.append(std::string(200'000, 'y')));
    std::array<iovec, 2> slices;
    for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
      REQUIRE(log.slices(ends[i], ends[i + 1], slices) == 1);
    }
  }

  TEST_CASE("bytes stay where they are while the log grows") {
    FrameLog log(kRoomy);
    log.append("where I am");
    std::array<iovec, 1> before;
    std::array<iovec, 1> after;
    REQUIRE(log.slices(0, 10, before) == 1);
    for (int i = 0; i < 2'000; ++i) log.append(std::string(300, 'x'));
    REQUIRE(log.slices(0, 10, after) == 1);
    CHECK(before[0].iov_base == after[0].iov_base);
  }

  TEST_CASE("what all have passed is given back, and what one has still to read is kept") {
    FrameLog log(kRoomy);
    while (log.head() < 1'000'000) log.append(std::string(1'000, 'x'));
    const std::size_t before = log.bytes();
    log.release_before(900'000);
    CHECK(log.tail() <= 900'000);
    CHECK(log.tail() > 800'000);
    CHECK(log.bytes() < before / 3);
    CHECK(read(log, 900'000, log.head()).size() == log.head() - 900'000);
  }

  TEST_CASE("over the cap the oldest frames go, by whole frames, and the rest is read on") {
    constexpr std::size_t kCap = std::size_t{1} << 20;
    FrameLog log(kCap);
    std::string all;
    while (all.size() < 3 * kCap) {
      const std::string frame(1 + all.size() % 5'000, static_cast<char>('a' + all.size() % 26));
      all += frame;
      log.append(frame);
      REQUIRE(log.bytes() <= kCap);
    }
    CHECK(log.tail() > kCap);
    CHECK(log.tail() < log.head() - kCap / 2);
    CHECK(log.frame_end(log.tail()) == log.tail());
    CHECK(read(log, log.tail(), log.head()) == all.substr(log.tail()));
  }

  TEST_CASE("a frame larger than the cap is held alone") {
    FrameLog log(10'000);
    log.append("small");
    log.append(std::string(20'000, 'x'));
    CHECK(log.tail() == 5);
    CHECK(log.bytes() == 20'000);
    log.append("small");
    CHECK(log.tail() == 20'005);
    CHECK(log.bytes() <= 10'000);
  }

  TEST_CASE("whatever is appended and released, the log reads as a plain string does") {
    for (unsigned seed = 1; seed <= 40; ++seed) {
      CAPTURE(seed);
      std::mt19937 engine(seed);
      const auto up_to = [&](std::uint64_t low, std::uint64_t high) {
        return std::uniform_int_distribution<std::uint64_t>(low, high)(engine);
      };
      FrameLog log(std::size_t{20'000} << up_to(0, 6));
      Model model;
      for (int step = 0; step < 400; ++step) {
        const std::size_t size = up_to(1, up_to(0, 9) == 0 ? 70'000 : 300);
        const std::string frame(size, static_cast<char>('a' + step % 26));
        model.append(frame);
        REQUIRE(log.append(frame) == model.bytes.size());
        if (up_to(0, 3) == 0) log.release_before(up_to(log.tail(), log.head()));
        if (up_to(0, 20) == 0) log.release_before(log.head());
        const std::uint64_t from = up_to(log.tail(), log.head());
        const std::uint64_t to = up_to(from, log.head());
        REQUIRE(read(log, from, to) == model.bytes.substr(from, to - from));
        REQUIRE(log.frame_end(from) == model.frame_end(from));
      }
    }
  }
}

}  // namespace
}  // namespace chatd::ws
