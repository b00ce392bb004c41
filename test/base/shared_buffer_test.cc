#include "base/shared_buffer.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace chatd {

TEST_SUITE("base") {
  TEST_CASE("a shared buffer holds its parts one behind the other") {
    CHECK(SharedBuffer::of("head", "body").view() == "headbody");
    CHECK(SharedBuffer::of("", "body").view() == "body");
    CHECK(SharedBuffer::of("head").view() == "head");
    CHECK(SharedBuffer::of("head").size() == 4);
  }

  TEST_CASE("a shared buffer of no bytes is empty") {
    CHECK(SharedBuffer{}.empty());
    CHECK(SharedBuffer::of("", "").empty());
    CHECK(SharedBuffer::of("").view().empty());
    CHECK_FALSE(SharedBuffer::of("x").empty());
  }

  TEST_CASE("copies of a shared buffer are the same bytes at the same place") {
    const SharedBuffer first = SharedBuffer::of(std::string(1000, 'x'));
    SharedBuffer second = first;
    CHECK(second.view().data() == first.view().data());
    const SharedBuffer third = std::move(second);
    CHECK(second.empty());
    CHECK(third.view().data() == first.view().data());
  }

  TEST_CASE("a shared buffer outlives the one that it was copied from") {
    SharedBuffer copy;
    {
      const SharedBuffer original = SharedBuffer::of("bytes");
      copy = original;
    }
    CHECK(copy.view() == "bytes");
    const SharedBuffer& same = copy;
    copy = same;
    CHECK(copy.view() == "bytes");
  }

  TEST_CASE("threads copy and drop a shared buffer side by side") {
    const SharedBuffer shared = SharedBuffer::of("bytes that all threads read");
    std::vector<std::thread> threads;
    for (int number = 0; number < 4; ++number) {
      threads.emplace_back([copy = shared] {
        for (int i = 0; i < 2000; ++i) {
          const SharedBuffer another = copy;
          if (another.view().front() != 'b') std::abort();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(shared.view() == "bytes that all threads read");
  }
}

}  // namespace chatd
