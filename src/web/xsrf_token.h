#pragma once
// XsrfToken: a secret that a browser holds in a cookie and our pages send back in their forms,
// which no page of another site can read. Byte for byte Tornado's. A value; any thread.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace chatd::web {

//   2|0b7f19a4|a2c4…|1300000000
//   | |        |     seconds since the epoch: when the secret was made
//   | |        the secret, each byte XORed with the mask's
//   | four bytes, others each time: what a page shows never repeats, so that its compressed size
//   | tells nothing of the secret (BREACH)
//   version
class XsrfToken {
 public:
  // Far more than what Tornado or we have ever written.
  static constexpr std::size_t kMaxTextBytes = 256;
  static constexpr std::size_t kMaxSecretBytes = 64;
  static constexpr std::size_t kMaskBytes = 4;

  // A new secret, of 16 random bytes.
  static XsrfToken make(std::chrono::sys_seconds now);

  // Reads version 2, and version 1 as well: the secret in hexadecimal or, where it is none, as it
  // is; that does not say when it was made, so it counts as made now. None for another version,
  // for what is malformed, empty or too long.
  static std::optional<XsrfToken> parse(std::string_view text, std::chrono::sys_seconds now);

  // Version 2, under a mask that is new each time.
  std::string to_string() const;
  // Under a mask of kMaskBytes.
  std::string masked(std::string_view mask) const;

  // Whether both are one secret, whatever their masks and times; in constant time.
  bool matches(const XsrfToken& other) const;

 private:
  XsrfToken(std::string secret, std::chrono::sys_seconds made);

  std::string secret_;
  std::chrono::sys_seconds made_;
};

}  // namespace chatd::web
