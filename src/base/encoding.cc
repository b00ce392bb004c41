#include "base/encoding.h"

#include <cstdint>

namespace chatd {

namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kHexLower = "0123456789abcdef";
constexpr std::string_view kHexUpper = "0123456789ABCDEF";

std::uint32_t octet(char c) { return static_cast<unsigned char>(c); }

std::optional<std::uint32_t> base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return octet(c) - octet('A');
  if (c >= 'a' && c <= 'z') return octet(c) - octet('a') + 26;
  if (c >= '0' && c <= '9') return octet(c) - octet('0') + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return std::nullopt;
}

std::optional<std::uint32_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return octet(c) - octet('0');
  if (c >= 'a' && c <= 'f') return octet(c) - octet('a') + 10;
  if (c >= 'A' && c <= 'F') return octet(c) - octet('A') + 10;
  return std::nullopt;
}

// The byte that two digits stand for.
std::optional<char> hex_byte(char high_digit, char low_digit) {
  const auto high = hex_digit(high_digit);
  const auto low = hex_digit(low_digit);
  if (!high || !low) return std::nullopt;
  return static_cast<char>(*high << 4 | *low);
}

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view group = bytes.substr(at, 3);
    std::uint32_t bits = octet(group[0]) << 16;
    if (group.size() > 1) bits |= octet(group[1]) << 8;
    if (group.size() > 2) bits |= octet(group[2]);
    text += kBase64[bits >> 18];
    text += kBase64[bits >> 12 & 63];
    text += group.size() > 1 ? kBase64[bits >> 6 & 63] : '=';
    text += group.size() > 2 ? kBase64[bits & 63] : '=';
  }
  return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  const std::string_view digits = text.substr(0, text.size() - padding);
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  std::uint32_t bit_count = 0;
  for (const char c : digits) {
    const auto digit = base64_digit(c);
    if (!digit) return std::nullopt;
    bits = bits << 6 | *digit;
    bit_count += 6;
    if (bit_count < 8) continue;
    bit_count -= 8;
    bytes += static_cast<char>(bits >> bit_count & 0xFF);
  }
  // RFC 4648, 3.5: the bits that pad the last character must be zero, else two texts mean one
  // value.
  if ((bits & ((1u << bit_count) - 1)) != 0) return std::nullopt;
  return bytes;
}

std::string hex_encode(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    text += kHexLower[octet(c) >> 4];
    text += kHexLower[octet(c) & 15];
  }
  return text;
}

std::optional<std::string> hex_decode(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t at = 0; at < text.size(); at += 2) {
    const auto byte = hex_byte(text[at], text[at + 1]);
    if (!byte) return std::nullopt;
    bytes += *byte;
  }
  return bytes;
}

std::optional<std::string> percent_decode(std::string_view text, PlusSign plus) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+' && plus == PlusSign::IsSpace) {
      bytes += ' ';
    } else if (text[at] != '%') {
      bytes += text[at];
    } else {
      if (text.size() - at < 3) return std::nullopt;
      const auto byte = hex_byte(text[at + 1], text[at + 2]);
      if (!byte) return std::nullopt;
      bytes += *byte;
      at += 2;
    }
  }
  return bytes;
}

std::string percent_encode(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (const char c : bytes) {
    if (is_unreserved(c)) {
      text += c;
    } else {
      text += '%';
      text += kHexUpper[octet(c) >> 4];
      text += kHexUpper[octet(c) & 15];
    }
  }
  return text;
}

}  // namespace chatd
