#include "ws/frame_decoder.h"

#include <algorithm>
#include <array>

namespace chatd::ws {

namespace {

constexpr unsigned kRsv2AndRsv3 = 0x30;
constexpr unsigned kOpcode = 0x0F;
constexpr unsigned kMask = 0x80;
constexpr unsigned kLength = 0x7F;
constexpr unsigned kLength16 = 126;
constexpr unsigned kLength64 = 127;

Failure<Violation> violates(const char* rule) {
  return Failure{Violation{CloseCode::ProtocolError, rule}};
}

bool is_defined(unsigned opcode) { return opcode <= 0x2 || (opcode >= 0x8 && opcode <= 0xA); }

unsigned octet(char byte) { return static_cast<unsigned char>(byte); }

std::uint64_t network_order(std::span<const char> bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | octet(byte);
  return number;
}

// What the first two bytes alone can be blamed for.
const char* broken_rule(unsigned first, unsigned second) {
  const unsigned opcode = first & kOpcode;
  if ((first & kRsv2AndRsv3) != 0) return "a reserved bit is set";
  if (!is_defined(opcode)) return "a reserved opcode";
  if ((second & kMask) == 0) return "a frame without a mask";
  if (!is_control(static_cast<Opcode>(opcode))) return nullptr;
  if ((first & kFin) == 0) return "a fragmented control frame";
  if ((first & kRsv1) != 0) return "a reserved bit is set";
  if ((second & kLength) > kMaxControlPayload) return "a control frame beyond 125 bytes";
  return nullptr;
}

const char* broken_length_rule(unsigned short_length, std::uint64_t length) {
  if (short_length == kLength16 && length < kLength16) return "a length not in its shortest form";
  if (short_length != kLength64) return nullptr;
  if (length <= 0xFFFF) return "a length not in its shortest form";
  if (length >> 63 != 0) return "a length with the top bit set";
  return nullptr;
}

}  // namespace

struct FrameDecoder::Header {
  bool fin;
  bool rsv1;
  Opcode opcode;
  std::uint64_t length;
  MaskKey mask;
  std::size_t size;
};

FrameDecoder::FrameDecoder(std::uint64_t max_message_bytes, Coding accepted)
    : max_message_bytes_(max_message_bytes), accepted_(accepted) {}

Result<std::optional<FramePiece>, Violation> FrameDecoder::next(std::span<char>& bytes) {
  if (!in_frame_) {
    const auto header = parse_header(bytes);
    if (!header) return Failure{header.error()};
    if (!*header) return std::optional<FramePiece>{};
    if (is_control((*header)->opcode)) return control_frame(**header, bytes);
    if (const auto begun = begin_frame(**header); !begun) return Failure{begun.error()};
    bytes = bytes.subspan((*header)->size);
  }
  if (bytes.empty() && frame_bytes_left_ > 0) return std::optional<FramePiece>{};
  return std::optional(take_piece(bytes));
}

// None when the header is not whole yet.
Result<std::optional<FrameDecoder::Header>, Violation> FrameDecoder::parse_header(
    std::span<const char> bytes) {
  if (bytes.size() < 2) return std::optional<Header>{};
  const unsigned first = octet(bytes[0]);
  const unsigned second = octet(bytes[1]);
  if (const char* rule = broken_rule(first, second)) return violates(rule);

  const unsigned short_length = second & kLength;
  const std::size_t length_bytes = short_length < kLength16 ? 0 : short_length == kLength16 ? 2 : 8;
  const std::size_t size = 2 + length_bytes + sizeof(MaskKey);
  if (bytes.size() < size) return std::optional<Header>{};
  const std::uint64_t length =
      length_bytes == 0 ? short_length : network_order(bytes.subspan(2, length_bytes));
  if (const char* rule = broken_length_rule(short_length, length)) return violates(rule);

  MaskKey mask;
  std::ranges::copy(bytes.subspan(size - sizeof(MaskKey), sizeof(MaskKey)), mask.begin());
  return std::optional(Header{.fin = (first & kFin) != 0,
                              .rsv1 = (first & kRsv1) != 0,
                              .opcode = static_cast<Opcode>(first & kOpcode),
                              .length = length,
                              .mask = mask,
                              .size = size});
}

// Control frames may stand between the fragments of a message (5.4), so they leave its state alone.
std::optional<FramePiece> FrameDecoder::control_frame(const Header& header,
                                                      std::span<char>& bytes) {
  const std::size_t size = header.size + static_cast<std::size_t>(header.length);
  if (bytes.size() < size) return std::nullopt;
  const std::span<char> payload = bytes.subspan(header.size, size - header.size);
  unmask(payload, header.mask);
  bytes = bytes.subspan(size);
  return FramePiece{.opcode = header.opcode, .payload = payload};
}

Result<void, Violation> FrameDecoder::begin_frame(const Header& header) {
  const bool continues = header.opcode == Opcode::Continuation;
  const bool within_message = opcode_ != Opcode::Continuation;
  if (continues && !within_message) return violates("a continuation of nothing");
  if (!continues && within_message) return violates("a new message within a fragmented one");
  // RFC 7692, 6.1: only a message's first frame says that it is deflated.
  if (header.rsv1 && (continues || accepted_ != Coding::Deflate)) {
    return violates("a reserved bit is set");
  }
  if (!continues) {
    opcode_ = header.opcode;
    coding_ = header.rsv1 ? Coding::Deflate : Coding::Plain;
    message_bytes_ = 0;
    begins_message_ = true;
  }
  if (header.length > limit() - message_bytes_) {
    return Failure{Violation{CloseCode::MessageTooBig, "a message beyond the limit"}};
  }
  message_bytes_ += header.length;
  mask_ = header.mask;
  frame_bytes_left_ = header.length;
  final_frame_ = header.fin;
  in_frame_ = true;
  return {};
}

// What cannot be compressed grows by some bytes when it is deflated.
std::uint64_t FrameDecoder::limit() const {
  constexpr std::uint64_t kSlack = 64;
  const std::uint64_t slack = max_message_bytes_ / 64 + kSlack;
  const bool grows = coding_ == Coding::Deflate && max_message_bytes_ < UINT64_MAX - slack;
  return grows ? max_message_bytes_ + slack : max_message_bytes_;
}

FramePiece FrameDecoder::take_piece(std::span<char>& bytes) {
  const auto count =
      static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), frame_bytes_left_));
  FramePiece piece{.opcode = opcode_,
                   .coding = coding_,
                   .begins_message = begins_message_,
                   .ends_message = final_frame_ && count == frame_bytes_left_,
                   .payload = bytes.first(count)};
  unmask(piece.payload, mask_);
  mask_ = rotated(mask_, count);
  bytes = bytes.subspan(count);
  frame_bytes_left_ -= count;
  in_frame_ = frame_bytes_left_ > 0;
  begins_message_ = false;
  if (piece.ends_message) opcode_ = Opcode::Continuation;
  return piece;
}

}  // namespace chatd::ws
