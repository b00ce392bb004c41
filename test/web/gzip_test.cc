#include "web/gzip.h"

#include <doctest/doctest.h>

#include <string>

namespace chatd::web {

TEST_SUITE("web") {
  TEST_CASE("what is zipped is a gzip stream, and the same each time") {
    for (const std::size_t size : {0, 1, 1000, 1'000'000}) {
      const std::string text(size, 'a');
      const std::string zipped = gzip(text);
      CHECK(zipped.starts_with("\x1f\x8b\x08"));
      CHECK(zipped == gzip(text));
      CHECK(zipped.size() < 30 + size / 100);
      // RFC 1952, 2.3.1: the length stands at the end.
      const auto* const end = reinterpret_cast<const unsigned char*>(zipped.data() + zipped.size());
      CHECK((end[-4] | end[-3] << 8 | end[-2] << 16) == static_cast<int>(size));
    }
  }
}

}  // namespace chatd::web
