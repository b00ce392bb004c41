#include "chat/visitor.h"

#include <doctest/doctest.h>

namespace chatd::chat {

TEST_SUITE("chat") {
  TEST_CASE("a visitor is an address, or the /64 that it is in") {
    CHECK(visitor_of("192.0.2.1") == "192.0.2.1");
    CHECK(visitor_of("192.0.2.1") != visitor_of("192.0.2.2"));
    CHECK(visitor_of("::ffff:192.0.2.1") == visitor_of("192.0.2.1"));
    CHECK(visitor_of("2001:db8:0:1::1") == visitor_of("2001:db8:0:1:ffff::"));
    CHECK(visitor_of("2001:db8:0:1::1") != visitor_of("2001:db8:0:2::1"));
  }

  TEST_CASE("this very machine is nobody who is counted") {
    for (const char* address : {"127.0.0.1", "127.255.0.9", "::1", ""}) {
      CHECK_MESSAGE(visitor_of(address).empty(), address);
    }
    for (const char* address : {"128.0.0.1", "126.255.255.255", "::2", "::"}) {
      CHECK_MESSAGE(!visitor_of(address).empty(), address);
    }
  }
}

}  // namespace chatd::chat
