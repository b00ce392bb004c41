#include "net/outbox.h"

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <string>

namespace chatd::net {
namespace {

std::string shown(const Outbox& outbox, std::size_t most_slices = 64) {
  std::vector<iovec> slices(most_slices);
  std::string bytes;
  const std::size_t count = outbox.peek(slices);
  for (std::size_t i = 0; i < count; ++i) {
    bytes.append(static_cast<const char*>(slices[i].iov_base), slices[i].iov_len);
  }
  return bytes;
}

std::size_t slice_count(const Outbox& outbox) {
  std::array<iovec, 64> slices{};
  return outbox.peek(slices);
}

}  // namespace

TEST_SUITE("net") {
  TEST_CASE("an outbox of nothing has no slices and no size") {
    Outbox outbox;
    outbox.append("");
    outbox.append(SharedBuffer{});
    CHECK(outbox.empty());
    CHECK(outbox.size() == 0);
    CHECK(slice_count(outbox) == 0);
    outbox.advance(0);
  }

  TEST_CASE("small pieces are gathered into one slice, large ones keep their place in memory") {
    Outbox outbox;
    outbox.append("one ");
    outbox.append(SharedBuffer::of("two "));
    CHECK(slice_count(outbox) == 1);
    const SharedBuffer large = SharedBuffer::of(std::string(5000, 'x'));
    outbox.append(large);
    outbox.append(" three");
    CHECK(slice_count(outbox) == 3);
    std::array<iovec, 3> slices{};
    outbox.peek(slices);
    CHECK(slices[1].iov_base == large.view().data());
    CHECK(shown(outbox) == "one two " + std::string(5000, 'x') + " three");
  }

  TEST_CASE("peeking fills no more slices than there are") {
    Outbox outbox;
    for (int i = 0; i < 5; ++i) outbox.append(SharedBuffer::of(std::string(1000, 'x')));
    CHECK(shown(outbox, 2).size() == 2000);
    CHECK(shown(outbox, 0).empty());
  }

  TEST_CASE("what is put in front goes first") {
    Outbox outbox;
    outbox.prepend("b");
    outbox.append("c");
    outbox.prepend("a");
    CHECK(shown(outbox) == "abc");
    CHECK(outbox.size() == 3);
  }

  TEST_CASE("an outbox agrees with a string, wherever it is cut") {
    std::minstd_rand random(17);
    Outbox outbox;
    std::string model;
    for (int round = 0; round < 4000; ++round) {
      const std::string piece(random() % (round % 7 == 0 ? 6000 : 700),
                              static_cast<char>('a' + round % 26));
      if (round % 2 == 0) {
        outbox.append(piece);
      } else {
        outbox.append(SharedBuffer::of(piece));
      }
      model += piece;
      REQUIRE(outbox.size() == model.size());
      const std::string front = shown(outbox, 1 + random() % 5);
      REQUIRE(model.starts_with(front));
      const std::size_t sent = random() % (front.size() + 1);
      outbox.advance(sent);
      model.erase(0, sent);
      REQUIRE(outbox.empty() == model.empty());
    }
    while (!outbox.empty()) {
      const std::string front = shown(outbox);
      REQUIRE(model.starts_with(front));
      outbox.advance(front.size());
      model.erase(0, front.size());
    }
    CHECK(model.empty());
  }
}

}  // namespace chatd::net
