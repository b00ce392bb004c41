#include "base/byte_buffer.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <utility>

namespace chatd {

TEST_SUITE("base") {
  TEST_CASE("bytes leave a buffer in the order in which they came") {
    ByteBuffer buffer;
    buffer.append("abc");
    buffer.append("");
    buffer.append("def");
    CHECK(buffer.view() == "abcdef");
    buffer.consume(2);
    CHECK(buffer.view() == "cdef");
    buffer.append("g");
    CHECK(buffer.view() == "cdefg");
    buffer.consume(5);
    CHECK(buffer.empty());
  }

  TEST_CASE("a buffer that has emptied holds no memory") {
    ByteBuffer buffer;
    buffer.append(std::string(100'000, 'x'));
    CHECK(buffer.data().data() != nullptr);
    buffer.consume(100'000);
    CHECK(buffer.data().data() == nullptr);
    buffer.append("y");
    buffer.clear();
    CHECK(buffer.data().data() == nullptr);
    CHECK(buffer.view().empty());
  }

  TEST_CASE("bytes in a buffer can be changed where they lie") {
    ByteBuffer buffer;
    buffer.append("abc");
    for (char& c : buffer.data()) c = static_cast<char>(c + 1);
    CHECK(buffer.view() == "bcd");
  }

  TEST_CASE("moving a buffer leaves an empty one") {
    ByteBuffer first;
    first.append("abc");
    first.consume(1);
    ByteBuffer second = std::move(first);
    CHECK(second.view() == "bc");
    CHECK(first.empty());
    first.append("new");
    CHECK(first.view() == "new");
    second = std::move(first);
    CHECK(second.view() == "new");
  }

  TEST_CASE("a buffer agrees with a string, whatever the sizes") {
    std::minstd_rand random(7);
    ByteBuffer buffer;
    std::string model;
    for (int round = 0; round < 5000; ++round) {
      const std::string piece(random() % (random() % 10 == 0 ? 5000 : 50),
                              static_cast<char>('a' + round % 26));
      buffer.append(piece);
      model += piece;
      const std::size_t gone = random() % 3 == 0 ? model.size() : random() % (model.size() + 1);
      buffer.consume(gone);
      model.erase(0, gone);
      REQUIRE(buffer.view() == model);
    }
  }
}

}  // namespace chatd
