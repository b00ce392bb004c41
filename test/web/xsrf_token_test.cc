#include "web/xsrf_token.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace chatd::web {
namespace {

constexpr std::chrono::sys_seconds kNow{std::chrono::seconds{1700000000}};

// Made by the code of Tornado 6.2's RequestHandler.xsrf_token, of the secret 00 01 … 0f.
constexpr std::string_view kTheirs = "2|01020304|0103010705070503090b090f0d0f0d0b|1300000000";

// The secret as version 1 writes it.
constexpr std::string_view kHex = "000102030405060708090a0b0c0d0e0f";

std::optional<XsrfToken> parse(std::string_view text) { return XsrfToken::parse(text, kNow); }

bool is_one_secret(std::string_view left, std::string_view right) {
  const auto one = parse(left);
  const auto other = parse(right);
  REQUIRE(one);
  REQUIRE(other);
  return one->matches(*other);
}

}  // namespace

TEST_SUITE("web") {
  TEST_CASE("a token of Tornado's reads as its secret and is written as Tornado writes it") {
    const std::string_view mask("\x01\x02\x03\x04", 4);
    const auto theirs = parse(kTheirs);
    REQUIRE(theirs);
    CHECK(theirs->matches(*parse(kHex)));
    CHECK(theirs->masked(mask) == kTheirs);

    const auto ones = parse("2|deadbeef|21524110215241102152411021524110|1700000000");
    REQUIRE(ones);
    CHECK(ones->matches(*parse(std::string(32, 'f'))));
    CHECK(ones->masked("\xde\xad\xbe\xef") ==
          "2|deadbeef|21524110215241102152411021524110|1700000000");

    const auto odd = parse("2|7f80ff00|8f710df38b7509f7877905fb837d01ff07|0");
    REQUIRE(odd);
    CHECK(odd->matches(*parse("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff78")));
    CHECK(odd->masked(std::string_view("\x7f\x80\xff\x00", 4)) ==
          "2|7f80ff00|8f710df38b7509f7877905fb837d01ff07|0");
  }

  TEST_CASE("a new token is 16 bytes that nobody knows, made now") {
    std::set<std::string> texts;
    for (int i = 0; i < 100; ++i) {
      const XsrfToken token = XsrfToken::make(kNow);
      const std::string plain = token.masked(std::string_view("\0\0\0\0", 4));
      CHECK(plain.starts_with("2|00000000|"));
      CHECK(plain.ends_with("|1700000000"));
      CHECK(plain.size() == 2 + 9 + 33 + 10);
      texts.insert(plain);
    }
    CHECK(texts.size() == 100);
  }

  TEST_CASE("a token looks different each time, and matches itself and no other") {
    const XsrfToken token = XsrfToken::make(kNow);
    const std::string first = token.to_string();
    const std::string second = token.to_string();
    CHECK(first != second);
    CHECK(is_one_secret(first, second));
    CHECK_FALSE(is_one_secret(first, XsrfToken::make(kNow).to_string()));
    // A part of a secret is another one.
    CHECK_FALSE(is_one_secret("0001", "000102"));
  }

  TEST_CASE("version 1 is the secret in hexadecimal, or as it is") {
    CHECK(is_one_secret(kHex, kTheirs));
    CHECK(is_one_secret("0A0b", "0a0B"));
    CHECK(is_one_secret("raw secret", "raw secret"));
    CHECK(is_one_secret("raw", "726177"));
    CHECK(is_one_secret("abc", "616263"));  // an odd number of digits is no hexadecimal
    CHECK(is_one_secret("02|aa", "30327c6161"));
    CHECK(is_one_secret("|", "7c"));
    CHECK(is_one_secret("2", "32"));
    CHECK(is_one_secret("\xff\xfe", "fffe"));
    // It does not say when it was made.
    CHECK(parse("abcd")->masked(std::string_view("\0\0\0\0", 4)) == "2|00000000|abcd|1700000000");
  }

  TEST_CASE("a token that is malformed is none") {
    for (const std::string_view bad : {
             "",
             "2|",
             "2||||",
             "2|||",
             "2|01020304|0103|",            // no time
             "2|01020304||1300000000",      // no secret
             "2||0103|1300000000",          // no mask
             "2|010203|0103|1300000000",    // masks of three and of five bytes
             "2|0102030405|0103|13000000",  //
             "2|0102030|0103|1300000000",   // odd digits
             "2|01020304|010|1300000000",
             "2|0102030g|0103|1300000000",  // wrong digits
             "2|01020304|01 3|1300000000",
             "2|01020304|0x03|1300000000",
             "2|01020304|0103|-1",  // wrong times
             "2|01020304|0103|+1",
             "2|01020304|0103| 1",
             "2|01020304|0103|1.5",
             "2|01020304|0103|9223372036854775808",
             "2|01020304|0103|99999999999999999999",
             "2|01020304|0103",               // a field too few
             "2|01020304|0103|1300000000|",   // and too many
             "2|01020304|0103|1300000000|x",  //
             "1|01020304|0103|1300000000",    // versions that are not told so, or unknown
             "3|01020304|0103|1300000000",
             "22|01020304|0103|1300000000",
             "99999999999999999999|x",
         }) {
      CHECK_MESSAGE(!parse(bad), bad);
    }
  }

  TEST_CASE("a token that was cut anywhere never passes for the whole one") {
    for (std::size_t length = 0; length < kTheirs.size(); ++length) {
      const auto cut = parse(kTheirs.substr(0, length));
      // Without its last digits, the time is another and the secret still there.
      const bool whole = length > kTheirs.rfind('|') + 1;
      CHECK_MESSAGE((cut && cut->matches(*parse(kTheirs))) == whole, length);
      const auto tail = parse(kTheirs.substr(length));
      if (length > 0) CHECK_MESSAGE(!(tail && tail->matches(*parse(kTheirs))), length);
    }
  }

  TEST_CASE("a token with any one byte of its mask or secret changed is another") {
    for (std::size_t i = 0; i < kTheirs.rfind('|') + 1; ++i) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string changed(kTheirs);
        changed[i] = static_cast<char>(byte);
        if (changed == kTheirs || (byte >= 'A' && byte <= 'F')) continue;  // digits of either case
        const auto token = parse(changed);
        CHECK_MESSAGE(!(token && token->matches(*parse(kTheirs))), i << " as " << byte);
      }
    }
  }

  TEST_CASE("a token is read up to its greatest length and not beyond") {
    const std::string raw(XsrfToken::kMaxSecretBytes, 'x');
    CHECK(parse(raw));
    CHECK_FALSE(parse(raw + "x"));
    const std::string digits(2 * XsrfToken::kMaxSecretBytes, 'a');
    CHECK(parse(digits));
    CHECK_FALSE(parse(digits + "aa"));
    CHECK(parse("2|00000000|" + digits + "|0"));
    CHECK_FALSE(parse("2|00000000|" + digits + "aa|0"));
    const std::string head = "2|00000000|aa|";
    const std::string time(XsrfToken::kMaxTextBytes - head.size(), '0');
    CHECK(parse(head + time));
    CHECK_FALSE(parse(head + time + "0"));
  }

  TEST_CASE("whatever token is read, what is shown of it can be read again") {
    for (std::size_t size = 1; size <= XsrfToken::kMaxSecretBytes; ++size) {
      const std::string raw(size, 'x');
      CHECK(is_one_secret(parse(raw)->to_string(), raw));
    }
  }
}

}  // namespace chatd::web
