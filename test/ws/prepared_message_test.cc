#include "ws/prepared_message.h"

#include <doctest/doctest.h>

#include <string>

namespace chatd::ws {
namespace {

TEST_SUITE("ws") {
  TEST_CASE("a prepared message is one unmasked frame") {
    CHECK(PreparedMessage::text("Hello").frame().view() == "\x81\x05Hello");
    CHECK(PreparedMessage::binary("Hello").frame().view() == "\x82\x05Hello");
    CHECK(PreparedMessage::text("").frame().size() == 2);
    CHECK(PreparedMessage::text(std::string(126, 'x')).frame().size() == 130);
    CHECK(PreparedMessage::text(std::string(65536, 'x')).frame().size() == 65546);
  }

  TEST_CASE("copies of a prepared message share its bytes") {
    const auto message = PreparedMessage::text("shared");
    const PreparedMessage copy = message;
    CHECK(copy.frame().view().data() == message.frame().view().data());
  }
}

}  // namespace
}  // namespace chatd::ws
