#include "ws/frame.h"

#include "base/utf8.h"

#include <bit>
#include <cstring>

namespace chatd::ws {

namespace {

constexpr std::uint64_t kMaxLength16 = 0xFFFF;

// The longest beginning of at most `limit` bytes that ends with a whole character of valid UTF-8.
std::string_view cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  while (limit > 0 && continues(limit)) --limit;
  return text.substr(0, limit);
}

}  // namespace

bool is_sendable(CloseCode code) {
  const auto number = static_cast<std::uint16_t>(code);
  if (number >= 3000) return number < 5000;  // libraries, frameworks (3000), applications (4000)
  if (number >= 1007) return number <= 1014;
  return number >= 1000 &&
         number <= 1003;  // 1004 is reserved; 1005, 1006 stand for what was not said
}

EncodedHeader::EncodedHeader(Opcode opcode, std::uint64_t payload_bytes, Coding coding) {
  const unsigned rsv1 = coding == Coding::Deflate ? kRsv1 : 0;
  bytes_[0] = static_cast<char>(kFin | rsv1 | static_cast<unsigned>(opcode));
  if (payload_bytes <= 125) {
    bytes_[1] = static_cast<char>(payload_bytes);
    return;
  }
  const std::size_t length_bytes = payload_bytes <= kMaxLength16 ? 2 : 8;
  bytes_[1] = length_bytes == 2 ? 126 : 127;
  for (std::size_t left = length_bytes; left > 0; --left) {
    bytes_[size_++] = static_cast<char>(payload_bytes >> (8 * (left - 1)) & 0xFF);
  }
}

void unmask(std::span<char> payload, MaskKey key) {
  // Words of the same pattern, at whatever address: memcpy is how C++ says "unaligned", and the
  // compiler makes vector instructions of the four.
  constexpr std::size_t kStride = 4 * sizeof(std::uint64_t);
  const std::uint64_t word = std::bit_cast<std::uint32_t>(key) * std::uint64_t{0x1'0000'0001};
  char* at = payload.data();
  std::size_t left = payload.size();
  for (; left >= kStride; at += kStride, left -= kStride) {
    std::uint64_t words[4];
    std::memcpy(words, at, kStride);
    for (std::uint64_t& each : words) each ^= word;
    std::memcpy(at, words, kStride);
  }
  for (std::size_t i = 0; i < left; ++i) at[i] = static_cast<char>(at[i] ^ key[i % 4]);
}

MaskKey rotated(MaskKey key, std::uint64_t bytes) {
  return {key[bytes % 4], key[(bytes + 1) % 4], key[(bytes + 2) % 4], key[(bytes + 3) % 4]};
}

Result<ClosePayload, Violation> parse_close(std::string_view payload) {
  if (payload.empty()) return ClosePayload{};
  if (payload.size() == 1) {
    return Failure{Violation{CloseCode::ProtocolError, "a close code of one byte"}};
  }
  const auto high = static_cast<unsigned char>(payload[0]);
  const auto low = static_cast<unsigned char>(payload[1]);
  const auto code = static_cast<CloseCode>(high << 8 | low);
  if (!is_sendable(code)) {
    return Failure{Violation{CloseCode::ProtocolError, "a close code that may not be sent"}};
  }
  const std::string_view reason = payload.substr(2);
  if (!is_valid_utf8(reason)) {
    return Failure{Violation{CloseCode::InvalidPayload, "a close reason that is not UTF-8"}};
  }
  return ClosePayload{code, reason};
}

std::string encode_close(CloseCode code, std::string_view reason) {
  if (code == CloseCode::NoStatus) return {};
  const auto number =
      static_cast<std::uint16_t>(is_sendable(code) ? code : CloseCode::InternalError);
  std::string payload{static_cast<char>(number >> 8), static_cast<char>(number & 0xFF)};
  if (is_valid_utf8(reason)) payload += cut(reason, kMaxCloseReason);
  return payload;
}

}  // namespace chatd::ws
