#pragma once
// Utf8Validator: is this UTF-8 (RFC 3629)? Fed in pieces as they arrive, it says no at the first
// byte that cannot belong, also in the middle of a sequence that spans two pieces. Four bytes of
// state.

#include <cstdint>
#include <string_view>

namespace chatd {

class Utf8Validator {
 public:
  // The next piece. False at the first wrong byte, and from then on for ever.
  [[nodiscard]] bool feed(std::string_view piece);

  // True when what was fed so far is valid and ends with a whole character.
  bool complete() const { return state_ == 0; }

  void reset() { state_ = 0; }

 private:
  std::uint32_t state_ = 0;
};

bool is_valid_utf8(std::string_view text);

}  // namespace chatd
