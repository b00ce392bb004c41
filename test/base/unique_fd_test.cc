#include "base/unique_fd.h"

#include <doctest/doctest.h>

#include <utility>

#include <fcntl.h>

namespace chatd {
namespace {

UniqueFd open_null() { return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

}  // namespace

TEST_SUITE("base") {
  TEST_CASE("a descriptor is closed when its owner dies") {
    int number = -1;
    {
      const UniqueFd fd = open_null();
      REQUIRE(fd);
      number = fd.get();
      CHECK(is_open(number));
    }
    CHECK_FALSE(is_open(number));
  }

  TEST_CASE("a descriptor moves with its ownership") {
    UniqueFd first = open_null();
    const int number = first.get();
    UniqueFd second = std::move(first);
    CHECK_FALSE(first);
    CHECK(second.get() == number);
    UniqueFd third = open_null();
    const int replaced = third.get();
    third = std::move(second);
    CHECK_FALSE(is_open(replaced));
    CHECK(is_open(number));
    third.reset();
    CHECK_FALSE(is_open(number));
  }

  TEST_CASE("a released descriptor stays open") {
    UniqueFd fd = open_null();
    const int number = fd.release();
    CHECK_FALSE(fd);
    CHECK(is_open(number));
    ::close(number);
  }
}

}  // namespace chatd
