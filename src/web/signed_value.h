#pragma once
// Signed values: text that comes back from a client as it was given, or not at all. Byte for byte
// Tornado's format 2, so that both read what the other wrote. Free functions; any thread.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace chatd::web {

// What a signed value says once its signature is proven right.
struct SignedValue {
  std::string value;
  std::chrono::sys_seconds timestamp;  // when it was signed
  std::string signature;               // 64 hexadecimal digits: tells two signings apart
};

//   2|1:0|10:1300000000|3:key|8:dmFsdWU=|<signature>
//   |   |         |         |       |         HMAC-SHA256 of all before it, in hexadecimal
//   |   |         |         |       base64 of the value
//   |   |         |         name
//   |   |         seconds since the epoch
//   |   key version, always 0 here
//   format
// Each field but the first and the last says its length in bytes, so that none can run into the
// next. `secret` is taken as it is; `name` is expected to be ASCII, as a cookie's name is.
std::string create_signed_value(std::string_view secret, std::string_view name,
                                std::string_view value, std::chrono::sys_seconds now);

// None if `text` is not in that format, was signed with another secret or for another name, was
// changed, or is older than `max_age`.
std::optional<SignedValue> decode_signed_value(std::string_view secret, std::string_view name,
                                               std::string_view text, std::chrono::seconds max_age,
                                               std::chrono::sys_seconds now);

}  // namespace chatd::web
