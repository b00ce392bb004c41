#pragma once
// The frame of RFC 6455, section 5: its opcodes, its header, its mask; and the close codes of 7.4.
// Values and free functions; any thread.
//
//    byte 0            byte 1           0, 2 or 8 bytes     0 or 4 bytes   `length` bytes
//   +-+-+-+-+-------+ +-+-------------+ +-----------------+ +------------+ +- - - - - - -+
//   |F|R|R|R| opcode| |M| length      | | length, if that | | mask, if M | | payload     |
//   |I|S|S|S| (4)   | |A| 0…125, or   | | is 126 (16 bit) | |            | |             |
//   |N|V|V|V|       | |S| 126, or 127 | | or 127 (64 bit) | |            | |             |
//   | |1|2|3|       | |K|             | | network order   | |            | |             |
//   +-+-+-+-+-------+ +-+-------------+ +-----------------+ +------------+ +- - - - - - -+
//
// What a client sends is masked, what a server sends is not (5.1).

#include "base/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace chatd::ws {

enum class MessageKind : std::uint8_t { Text, Binary };

enum class Opcode : std::uint8_t {
  Continuation = 0x0,
  Text = 0x1,
  Binary = 0x2,
  Close = 0x8,
  Ping = 0x9,
  Pong = 0xA,
};

// Byte 0 of a header.
constexpr unsigned kFin = 0x80;
constexpr unsigned kRsv1 = 0x40;

constexpr bool is_control(Opcode opcode) { return static_cast<std::uint8_t>(opcode) >= 0x8; }
constexpr Opcode opcode_of(MessageKind kind) {
  return kind == MessageKind::Text ? Opcode::Text : Opcode::Binary;
}

// The names are those of section 7.4.1 and of IANA's registry. Any other number is a CloseCode too.
enum class CloseCode : std::uint16_t {
  Normal = 1000,
  GoingAway = 1001,
  ProtocolError = 1002,
  UnsupportedData = 1003,
  NoStatus = 1005,  // never on the wire: the peer's Close had no code
  Abnormal = 1006,  // never on the wire: no Close came
  InvalidPayload = 1007,
  PolicyViolation = 1008,
  MessageTooBig = 1009,
  InternalError = 1011,
  ServiceRestart = 1012,
  TryAgainLater = 1013,
};

// Whether an endpoint may put it into a Close frame (RFC 6455, 7.4.1 and 7.4.2; IANA's registry).
bool is_sendable(CloseCode code);

// What a peer did that fails the connection (RFC 6455, 7.1.7), and the code to tell it.
struct Violation {
  CloseCode code = CloseCode::ProtocolError;
  const char* reason = "";
};

constexpr std::size_t kMaxControlPayload = 125;  // RFC 6455, 5.5
constexpr std::size_t kMaxCloseReason = kMaxControlPayload - 2;

// How a payload is encoded; Deflate is RFC 7692's, and sets RSV1 in a message's first frame.
enum class Coding : std::uint8_t { Plain, Deflate };

// The header of a whole message, or of a control frame, as a server sends it: FIN, no mask, and the
// shortest length that does.
class EncodedHeader {
 public:
  EncodedHeader(Opcode opcode, std::uint64_t payload_bytes, Coding coding = Coding::Plain);

  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, 10> bytes_;
  std::size_t size_ = 2;
};

using MaskKey = std::array<unsigned char, 4>;

// Takes the mask off, or puts it on: it is an XOR. The first byte meets key[0].
void unmask(std::span<char> payload, MaskKey key);
// The key for the bytes behind the first `bytes` ones.
MaskKey rotated(MaskKey key, std::uint64_t bytes);

// What a Close frame says (RFC 6455, 5.5.1).
struct ClosePayload {
  CloseCode code = CloseCode::NoStatus;
  std::string_view reason{};  // valid UTF-8; lies in what was parsed
};

Result<ClosePayload, Violation> parse_close(std::string_view payload);

// A payload that may be sent, whatever is asked for: NoStatus gives an empty one, another code that
// is not sendable becomes InternalError, `reason` is cut to 123 bytes at a character's end, and
// left out where it is not UTF-8.
std::string encode_close(CloseCode code, std::string_view reason);

}  // namespace chatd::ws
