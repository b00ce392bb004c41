#include "base/utf8.h"

#include <bit>
#include <cstddef>
#include <cstring>

namespace chatd {

namespace {

// ASCII is looked at in strides of this size, which the compiler makes vectors of.
constexpr std::size_t kStride = 64;

// The state names what must come next: how many continuation bytes, and which range the first of
// them has (RFC 3629, section 4: the first one after E0, ED, F0 and F4 is narrower).
enum State : std::uint32_t {
  Start = 0,
  One,      // 80..BF
  Two,      // 80..BF, then One
  Three,    // 80..BF, then Two
  AfterE0,  // A0..BF, then One: no overlong forms
  AfterEd,  // 80..9F, then One: no surrogates
  AfterF0,  // 90..BF, then Two: no overlong forms
  AfterF4,  // 80..8F, then Two: nothing above U+10FFFF
  Invalid,
};

State lead(unsigned char byte) {
  if (byte < 0x80) return Start;
  if (byte < 0xC2) return Invalid;
  if (byte < 0xE0) return One;
  if (byte == 0xE0) return AfterE0;
  if (byte == 0xED) return AfterEd;
  if (byte < 0xF0) return Two;
  if (byte == 0xF0) return AfterF0;
  if (byte < 0xF4) return Three;
  if (byte == 0xF4) return AfterF4;
  return Invalid;
}

State within(unsigned char byte, unsigned char low, unsigned char high, State next) {
  return byte >= low && byte <= high ? next : Invalid;
}

State step(State state, unsigned char byte) {
  switch (state) {
    case Start: return lead(byte);
    case One: return within(byte, 0x80, 0xBF, Start);
    case Two: return within(byte, 0x80, 0xBF, One);
    case Three: return within(byte, 0x80, 0xBF, Two);
    case AfterE0: return within(byte, 0xA0, 0xBF, One);
    case AfterEd: return within(byte, 0x80, 0x9F, One);
    case AfterF0: return within(byte, 0x90, 0xBF, Two);
    case AfterF4: return within(byte, 0x80, 0x8F, Two);
    case Invalid: break;
  }
  return Invalid;
}

// The top bits of eight bytes: zero when all are ASCII.
std::uint64_t top_bits(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word & 0x8080808080808080u;
}

bool is_ascii_stride(const char* bytes) {
  std::uint64_t together = 0;
  for (std::size_t i = 0; i < kStride; i += 8) together |= top_bits(bytes + i);
  return together == 0;
}

// How many of the first bytes are ASCII; near the end it may say fewer.
std::size_t ascii_prefix(const char* bytes, std::size_t size) {
  std::size_t at = 0;
  while (size - at >= kStride && is_ascii_stride(bytes + at)) at += kStride;
  for (; size - at >= 8; at += 8) {
    const std::uint64_t others = top_bits(bytes + at);
    if (others == 0) continue;
    const int bits = std::endian::native == std::endian::little ? std::countr_zero(others)
                                                                : std::countl_zero(others);
    return at + static_cast<std::size_t>(bits) / 8;
  }
  return at;
}

// How many bytes the character at the front takes; 0 if it is wrong. Reads four bytes.
std::size_t character_size(const char* bytes) {
  const auto octet = [bytes](std::size_t i) -> std::uint32_t {
    return static_cast<unsigned char>(bytes[i]);
  };
  const std::uint32_t four = octet(0) << 24 | octet(1) << 16 | octet(2) << 8 | octet(3);
  if (four < 0x80000000) return 1;
  const std::uint32_t two = four >> 16;
  if ((two & 0xE0C0) == 0xC080) return two >= 0xC280 ? 2 : 0;
  const std::uint32_t three = four >> 8;
  if ((three & 0xF0C0C0) == 0xE08080) {
    const bool surrogate = three >= 0xEDA080 && three <= 0xEDBFBF;
    return three >= 0xE0A080 && !surrogate ? 3 : 0;
  }
  if ((four & 0xF8C0C0C0) == 0xF0808080) return four >= 0xF0908080 && four <= 0xF48FBFBF ? 4 : 0;
  return 0;
}

// Skips whole characters, quickly. Where it stops (at what is wrong, or near the end) step() has
// the last word.
std::size_t whole_characters(std::string_view text) {
  std::size_t at = 0;
  while (text.size() - at >= 4) {
    const std::size_t size = character_size(text.data() + at);
    if (size == 0) break;
    at += size;
    if (size == 1) at += ascii_prefix(text.data() + at, text.size() - at);
  }
  return at;
}

}  // namespace

bool Utf8Validator::feed(std::string_view piece) {
  auto state = static_cast<State>(state_);
  bool tried = false;  // what stopped the quick way would stop it again
  for (std::size_t at = 0; at < piece.size() && state != Invalid; ++at) {
    if (state == Start && !tried) {
      at += whole_characters(piece.substr(at));
      tried = true;
      if (at == piece.size()) break;
    }
    state = step(state, static_cast<unsigned char>(piece[at]));
  }
  state_ = state;
  return state != Invalid;
}

bool is_valid_utf8(std::string_view text) {
  Utf8Validator validator;
  return validator.feed(text) && validator.complete();
}

}  // namespace chatd
