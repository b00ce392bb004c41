#include "base/encoding.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <utility>

namespace chatd {

TEST_SUITE("base") {
  TEST_CASE("base64 writes and reads the examples of RFC 4648, section 10") {
    const std::pair<const char*, const char*> examples[] = {{"", ""},
                                                            {"f", "Zg=="},
                                                            {"fo", "Zm8="},
                                                            {"foo", "Zm9v"},
                                                            {"foob", "Zm9vYg=="},
                                                            {"fooba", "Zm9vYmE="},
                                                            {"foobar", "Zm9vYmFy"},
                                                            {"\xFB\xFF", "+/8="}};
    for (const auto& [bytes, text] : examples) {
      CHECK(base64_encode(bytes) == text);
      CHECK(base64_decode(text) == bytes);
    }
  }

  TEST_CASE("base64 reads nothing that it would not write") {
    for (const char* text : {"Zg", "Zg=", "Zg===", "====", "=", "Z===", "Zm8=Zm8=", "Zm 8=",
                             "Zm8=\n", "Zm-_", "Zh==", "Zm9=", "Zg==Zg==", "Zm8\xC3", "=Zm8"}) {
      CAPTURE(text);
      CHECK_FALSE(base64_decode(text).has_value());
    }
    CHECK_FALSE(base64_decode(std::string_view("Zm\0=", 4)).has_value());
  }

  TEST_CASE("base64 gives back any bytes") {
    std::minstd_rand random(3);
    for (std::size_t size = 0; size < 200; ++size) {
      std::string bytes(size, '\0');
      for (char& c : bytes) c = static_cast<char>(random());
      CHECK(base64_decode(base64_encode(bytes)) == bytes);
    }
  }

  TEST_CASE("hexadecimal is written in lower case, two digits a byte") {
    CHECK(hex_encode("").empty());
    CHECK(hex_encode(std::string_view("\x00\x7F\xFF\xA5", 4)) == "007fffa5");
  }

  TEST_CASE("hexadecimal reads back in either case, and nothing else is read") {
    CHECK(hex_decode("") == "");
    CHECK(hex_decode("007fFfa5") == std::string("\x00\x7F\xFF\xA5", 4));
    for (const std::string_view bad : {"0", "0g", "g0", " 0", "0x00", "00 ", "00\n"}) {
      CHECK_MESSAGE(!hex_decode(bad), bad);
    }
    CHECK_FALSE(hex_decode(std::string_view("0\0", 2)));
  }

  TEST_CASE("percent-encoding leaves the unreserved characters of RFC 3986 alone") {
    CHECK(percent_encode("AZaz09-._~") == "AZaz09-._~");
    CHECK(percent_encode("a b/c?d=ä+%") == "a%20b%2Fc%3Fd%3D%C3%A4%2B%25");
  }

  TEST_CASE("percent-encoded text reads back, with either meaning of a plus sign") {
    CHECK(percent_decode("a%20b%2fC%C3%A4+") == "a b/Cä+");
    CHECK(percent_decode("a+b%2B", PlusSign::IsSpace) == "a b+");
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    CHECK(percent_decode(percent_encode(all)) == all);
  }

  TEST_CASE("a percent sign without two digits behind it is refused") {
    for (const char* text : {"%", "a%", "%4", "%zz", "%4g", "%%41", "%+1", "a%20%2"}) {
      CAPTURE(text);
      CHECK_FALSE(percent_decode(text).has_value());
    }
  }
}

}  // namespace chatd
