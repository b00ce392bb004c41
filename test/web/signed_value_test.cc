#include "web/signed_value.h"

#include "base/crypto.h"
#include "base/encoding.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace chatd::web {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::sys_seconds at(std::int64_t seconds) {
  return std::chrono::sys_seconds{std::chrono::seconds{seconds}};
}

constexpr auto kMonth = std::chrono::days{31};

std::string all_bytes() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.push_back(static_cast<char>(byte));
  return bytes;
}

// Made by tornado.web.create_signed_value of python3-tornado 6.2.
struct Vector {
  std::string secret;
  std::string name;
  std::string value;
  std::int64_t timestamp;
  std::string text;
};

std::vector<Vector> tornado_vectors() {
  return {
      {"secret", "key", "value", 1300000000,
       "2|1:0|10:1300000000|3:key|8:dmFsdWU=|"
       "58e508a37c3a0dba6e66b2a901009c013d93b2218b13a5aeba9bb6825561f201"},
      {"secret", "nickname", "小明", 1700000000,
       "2|1:0|10:1700000000|8:nickname|8:5bCP5piO|"
       "98a4706badc1fde33f8dfc909e45745923cda8c565e6c29a044cc37df718a790"},
      {"s", "user", "", 0,
       "2|1:0|1:0|4:user|0:|e1e89fcae4108f57a06db39d6da6e41c746b273f9e51e8afefaeaa49a22bc837"},
      {"密钥 with spaces", "n", std::string(100, 'x'), 1699999999,
       "2|1:0|10:1699999999|1:n|136:" + base64_encode(std::string(100, 'x')) +
           "|d98f9f3578505742b06b084b6654ee9bf7d5f8c3d54fcb56e028f44211024645"},
      {std::string(100, 'k'), "bin", all_bytes(), 1234567890,
       "2|1:0|10:1234567890|3:bin|344:" + base64_encode(all_bytes()) +
           "|947308203003adffedb675e938eeda17c5c2c0aba23c8f54a9fb0c3bce563777"},
  };
}

constexpr std::string_view kSecret = "secret";
constexpr auto kNow = at(1300000000);

std::string signed_here() { return create_signed_value(kSecret, "key", "value", kNow); }

bool accepts(std::string_view text) {
  return decode_signed_value(kSecret, "key", text, kMonth, kNow).has_value();
}

// `text` with a right signature, whatever it says.
std::string with_signature(std::string text) {
  return text + hex_encode(hmac_sha256(kSecret, text));
}

}  // namespace

TEST_SUITE("web") {
  TEST_CASE("a value is signed with the bytes that Tornado signs it with") {
    for (const Vector& vector : tornado_vectors()) {
      CHECK(create_signed_value(vector.secret, vector.name, vector.value, at(vector.timestamp)) ==
            vector.text);
    }
  }

  TEST_CASE("what Tornado signed is read, with the time and the signature") {
    for (const Vector& vector : tornado_vectors()) {
      const auto read = decode_signed_value(vector.secret, vector.name, vector.text, kMonth,
                                            at(vector.timestamp + 60));
      REQUIRE(read);
      CHECK(read->value == vector.value);
      CHECK(read->timestamp == at(vector.timestamp));
      CHECK(vector.text.ends_with('|' + read->signature));
    }
  }

  TEST_CASE("a signed value with any one byte changed is refused") {
    const std::string good = signed_here();
    REQUIRE(accepts(good));
    for (std::size_t i = 0; i < good.size(); ++i) {
      for (const char other : {'0', '1', 'a', 'A', '|', ':', ' ', '\0', '\xff'}) {
        std::string bad = good;
        bad[i] = other;
        if (bad != good) CHECK_MESSAGE(!accepts(bad), "byte " << i << " as " << int{other});
      }
      std::string flipped = good;
      flipped[i] = static_cast<char>(flipped[i] ^ 0x20);
      CHECK_FALSE(accepts(flipped));
    }
  }

  TEST_CASE("a signed value that was cut or lengthened anywhere is refused") {
    const std::string good = signed_here();
    for (std::size_t length = 0; length < good.size(); ++length) {
      CHECK_FALSE(accepts(std::string_view(good).substr(0, length)));
      if (length > 0) CHECK_FALSE(accepts(std::string_view(good).substr(length)));
      CHECK_FALSE(accepts(good.substr(0, length) + '0' + good.substr(length)));
    }
    CHECK_FALSE(accepts(good + '0'));
    CHECK_FALSE(accepts(good + '|'));
  }

  TEST_CASE("a signed value is good for its name and its secret only") {
    const std::string good = signed_here();
    CHECK_FALSE(decode_signed_value(kSecret, "kez", good, kMonth, kNow));
    CHECK_FALSE(decode_signed_value(kSecret, "", good, kMonth, kNow));
    CHECK_FALSE(decode_signed_value("secreT", "key", good, kMonth, kNow));
    CHECK_FALSE(decode_signed_value("", "key", good, kMonth, kNow));
  }

  TEST_CASE("a signed value is accepted at its greatest age and refused one second later") {
    const std::string good = signed_here();
    CHECK(decode_signed_value(kSecret, "key", good, kMonth, kNow + kMonth));
    CHECK_FALSE(decode_signed_value(kSecret, "key", good, kMonth, kNow + kMonth + 1s));
    CHECK_FALSE(decode_signed_value(kSecret, "key", good, 0s, kNow + 1s));
  }

  TEST_CASE("a value signed by a clock that is ahead is accepted, as Tornado does in format 2") {
    CHECK(decode_signed_value(kSecret, "key", signed_here(), kMonth, kNow - std::chrono::days{90}));
  }

  TEST_CASE("a right signature does not excuse a wrong format") {
    REQUIRE(accepts(with_signature("2|1:0|10:1300000000|3:key|8:dmFsdWU=|")));
    for (const std::string text : {
             "1|1:0|10:1300000000|3:key|8:dmFsdWU=|",  // another format
             "22|1:0|10:1300000000|3:key|8:dmFsdWU=|",
             "2|1:1|10:1300000000|3:key|8:dmFsdWU=|",  // another key
             "2|0:|10:1300000000|3:key|8:dmFsdWU=|",
             "2|01:0|10:1300000000|3:key|8:dmFsdWU=|",  // leading zeros
             "2|1:0|11:01300000000|3:key|8:dmFsdWU=|",
             "2|1:0|+10:1300000000|3:key|8:dmFsdWU=|",  // signs and spaces
             "2|1:0| 10:1300000000|3:key|8:dmFsdWU=|",
             "2|1:0|11:-1300000000|3:key|8:dmFsdWU=|",
             "2|1:0|0:|3:key|8:dmFsdWU=|",                       // no time
             "2|1:0|20:99999999999999999999|3:key|8:dmFsdWU=|",  // more than a number holds
             "2|1:0|99999999999999999999:1|3:key|8:dmFsdWU=|",
             "2|1:0|10:1300000000|2:key|8:dmFsdWU=|",  // lengths that lie
             "2|1:0|10:1300000000|4:key|8:dmFsdWU=|",
             "2|1:0|10:1300000000|3:key|8:dmFsdWU|",
             "2|1:0|10:1300000000|3:key|7:dmFsdWU|",  // not what base64 writes
             "2|1:0|10:1300000000|3:key|8:dmFsdW.=|",
             "2|1:0|10:1300000000|3:key|",  // a field too few, or too many
             "2|1:0|10:1300000000|3:key|8:dmFsdWU=|1:x|",
             "2|",
             "",
         }) {
      CHECK_MESSAGE(!accepts(with_signature(text)), text);
    }
  }
}

}  // namespace chatd::web
