#include "base/utf8.h"

#include <cstddef>
#include <cstring>

namespace chatd {

namespace {

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

// How many of the first bytes are ASCII, counted in strides that the compiler makes vectors of.
std::size_t ascii_prefix(const char* bytes, std::size_t size) {
  constexpr std::size_t kStride = 32;
  std::size_t at = 0;
  while (size - at >= kStride) {
    std::uint64_t words[kStride / 8];
    std::memcpy(words, bytes + at, kStride);
    if (((words[0] | words[1] | words[2] | words[3]) & 0x8080808080808080u) != 0) break;
    at += kStride;
  }
  while (at < size && static_cast<unsigned char>(bytes[at]) < 0x80) ++at;
  return at;
}

}  // namespace

bool Utf8Validator::feed(std::string_view piece) {
  auto state = static_cast<State>(state_);
  std::size_t at = 0;
  while (at < piece.size() && state != Invalid) {
    if (state == Start) {
      at += ascii_prefix(piece.data() + at, piece.size() - at);
      if (at == piece.size()) break;
    }
    state = step(state, static_cast<unsigned char>(piece[at]));
    ++at;
  }
  state_ = state;
  return state != Invalid;
}

bool is_valid_utf8(std::string_view text) {
  Utf8Validator validator;
  return validator.feed(text) && validator.complete();
}

}  // namespace chatd
