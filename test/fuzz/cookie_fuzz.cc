// Cookies, signed values and tokens: whatever a client sends is read, and nothing forged is
// believed.

#include "fuzz/fuzzing.h"
#include "http/cookie.h"
#include "web/signed_value.h"
#include "web/xsrf_token.h"

#include <chrono>
#include <string>

namespace {

using namespace chatd;
using namespace std::chrono_literals;

constexpr std::string_view kSecret = "a secret of the fuzzers";
constexpr std::chrono::sys_seconds kNow{1'700'000'000s};

void read_signed(std::string_view text) {
  const auto value = web::decode_signed_value(kSecret, "nickname", text, 24h, kNow);
  if (!value) return;
  fuzz::require(
      text == web::create_signed_value(kSecret, "nickname", value->value, value->timestamp),
      "what is believed is what was signed");
}

void read_token(std::string_view text) {
  const auto token = web::XsrfToken::parse(text, kNow);
  if (!token) return;
  const auto again = web::XsrfToken::parse(token->to_string(), kNow);
  fuzz::require(again && again->matches(*token), "a token comes back as it was shown");
  fuzz::require(!token->matches(web::XsrfToken::make(kNow)), "nobody guesses a new token");
}

void set_and_read_back(const http::Cookie& cookie) {
  const auto line = http::print_set_cookie({.name = cookie.name, .value = cookie.value});
  if (!line) return;
  fuzz::require(line->find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos,
                "a Set-Cookie is one line");
  const auto read = http::parse_cookie_line(line->substr(0, line->find(';')));
  fuzz::require(read.size() == 1 && read[0].name == cookie.name && read[0].value == cookie.value,
                "what was set comes back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const http::Cookie& cookie : http::parse_cookie_line(bytes)) {
    read_signed(cookie.value);
    read_token(cookie.value);
    set_and_read_back(cookie);
  }
  read_signed(bytes);
  read_token(bytes);
  const std::string signed_value = web::create_signed_value(kSecret, "nickname", bytes, kNow);
  const auto value = web::decode_signed_value(kSecret, "nickname", signed_value, 24h, kNow);
  fuzz::require(value && value->value == bytes, "what was signed is believed");
  fuzz::require(!web::decode_signed_value(kSecret, "other", signed_value, 24h, kNow),
                "and not under another name");
  return 0;
}
