#include "bench/inflate_cache.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace chatd::bench {
namespace {

// RFC 7692, 7.2.1: deflated, flushed to a byte's end, and without the four bytes of that. By zlib
// itself and not by the server's Deflater, whose faults are what the load looks for.
std::string deflated(std::string text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(text.size() + 100, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(::deflate(&stream, Z_SYNC_FLUSH) == Z_OK);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  REQUIRE(out.ends_with(std::string_view("\0\0\xFF\xFF", 4)));
  out.resize(out.size() - 4);
  return out;
}

TEST_SUITE("bench") {
  TEST_CASE("a message is what was deflated, however often it comes") {
    InflateCache cache;
    const std::string text = "0003:00000017: the tea, and the tea again";
    const std::string bytes = deflated(text);
    for (int i = 0; i < 3; ++i) CHECK(cache.inflate(bytes) == text);
  }

  TEST_CASE("the example of RFC 7692, 7.2.3.1 says Hello") {
    InflateCache cache;
    CHECK(cache.inflate("\xf2\x48\xcd\xc9\xc9\x07\x00\x00\x00\xff\xff") == "Hello");
    using namespace std::literals;
    CHECK(cache.inflate("\xf2\x48\xcd\xc9\xc9\x07\x00"sv) == "Hello");
  }

  TEST_CASE("messages that share a place in the cache are not taken for each other") {
    InflateCache cache;
    // Several times as many as it has places, twice over.
    for (int round = 0; round < 2; ++round) {
      for (int i = 0; i < 3000; ++i) {
        const std::string text = "number " + std::to_string(i);
        REQUIRE(cache.inflate(deflated(text)) == text);
      }
    }
  }

  TEST_CASE("an empty message and a large one are inflated") {
    InflateCache cache;
    CHECK(cache.inflate({}).empty());
    CHECK(cache.inflate(deflated("")).empty());
    const std::string large(std::size_t{256} << 10, 'x');
    CHECK(cache.inflate(deflated(large)) == large);
  }

  TEST_CASE("what is no deflated message says nothing, and spoils nothing") {
    InflateCache cache;
    CHECK(cache.inflate("\xFF\xFF\xFF hello").empty());
    CHECK(cache.inflate(deflated("well")) == "well");
  }

  TEST_CASE("a message that was cut short is not taken for whole") {
    InflateCache cache;
    const std::string text = "0003:00000017: the tea, and the tea again";
    const std::string bytes = deflated(text);
    for (std::size_t size = 0; size + 1 < bytes.size(); ++size) {
      CAPTURE(size);
      CHECK(cache.inflate(std::string_view(bytes).substr(0, size)) != text);
    }
  }
}

}  // namespace
}  // namespace chatd::bench
