#include "http/range.h"

#include <doctest/doctest.h>

#include <string>
#include <variant>

namespace chatd::http {
namespace {

// "2+3": three bytes from the third on; "whole", "416".
std::string chosen(const std::string& field, std::uint64_t size) {
  Headers headers;
  headers.add("Range", field);
  const RangeChoice choice = choose_range(headers, size);
  if (std::holds_alternative<WholeRange>(choice)) return "whole";
  if (std::holds_alternative<UnsatisfiableRange>(choice)) return "416";
  const auto& range = std::get<ByteRange>(choice);
  return std::to_string(range.first) + '+' + std::to_string(range.bytes);
}

}  // namespace

TEST_SUITE("http") {
  TEST_CASE("one range is given as far as there is something") {
    CHECK(chosen("bytes=0-0", 10) == "0+1");
    CHECK(chosen("bytes=2-4", 10) == "2+3");
    CHECK(chosen("bytes=2-", 10) == "2+8");
    CHECK(chosen("bytes=-3", 10) == "7+3");
    CHECK(chosen("bytes=-10", 10) == "0+10");
    CHECK(chosen("bytes=-11", 10) == "0+10");
    CHECK(chosen("bytes=9-9", 10) == "9+1");
    CHECK(chosen("bytes=9-10", 10) == "9+1");
    CHECK(chosen("bytes=0-18446744073709551615", 10) == "0+10");
    CHECK(chosen("bytes=0-99999999999999999999999", 10) == "0+10");
    CHECK(chosen("bytes=-99999999999999999999999", 10) == "0+10");
    CHECK(chosen("BYTES= 2-4 ", 10) == "2+3");
  }

  TEST_CASE("a range behind the end is not satisfiable") {
    CHECK(chosen("bytes=10-", 10) == "416");
    CHECK(chosen("bytes=10-20", 10) == "416");
    CHECK(chosen("bytes=99999999999999999999999-", 10) == "416");
    CHECK(chosen("bytes=-0", 10) == "416");
    CHECK(chosen("bytes=0-", 0) == "416");
  }

  TEST_CASE("several ranges, other units and what is no range get the whole") {
    for (const char* field : {"bytes=0-1,3-4", "bytes=0-1,", "bytes=,0-1", "bytes=", "bytes=-",
                              "bytes=4-2", "bytes=a-b", "bytes=1-2-3", "bytes=+1-2", "bytes=0x1-2",
                              "bytes=1", "bytes 1-2", "lines=1-2", "", "bytes", "bytes=--1"}) {
      CHECK_MESSAGE(chosen(field, 10) == "whole", field);
    }
    CHECK(chosen("bytes=-5", 0) == "whole");
    Headers two;
    two.add("Range", "bytes=0-1");
    two.add("Range", "bytes=2-3");
    CHECK(std::holds_alternative<WholeRange>(choose_range(two, 10)));
    CHECK(std::holds_alternative<WholeRange>(choose_range({}, 10)));
  }

  TEST_CASE("a range is told with the length of the whole") {
    CHECK(content_range({.first = 2, .bytes = 3}, 10) == "bytes 2-4/10");
  }
}

}  // namespace chatd::http
