#pragma once
// FrameReader: what a server sends, cut into frames (RFC 6455, 5.2). It is not the server's decoder
// used backwards: a fault of that one must not hide itself here.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace chatd::bench {

struct Frame {
  unsigned opcode = 0;
  bool final = true;
  bool deflated = false;  // RSV1 (RFC 7692, 6)
  bool sound = true;      // unmasked, no other reserved bit
  std::string_view payload;
};

// Gives each whole frame to `on_frame`; returns how many bytes those were.
template <typename OnFrame>
std::size_t read_frames(std::string_view bytes, OnFrame on_frame) {
  const auto byte = [bytes](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  std::size_t at = 0;
  while (bytes.size() - at >= 2) {
    std::size_t head = 2;
    std::uint64_t length = byte(at + 1) & 0x7FU;
    if (length >= 126) {
      const std::size_t wide = length == 126 ? 2 : 8;
      if (bytes.size() - at < head + wide) return at;
      length = 0;
      for (std::size_t i = 0; i < wide; ++i) length = length << 8 | byte(at + 2 + i);
      head += wide;
    }
    if (bytes.size() - at - head < length) return at;
    const unsigned first = byte(at);
    on_frame(Frame{.opcode = first & 0x0FU,
                   .final = (first & 0x80U) != 0,
                   .deflated = (first & 0x40U) != 0,
                   .sound = (first & 0x30U) == 0 && (byte(at + 1) & 0x80U) == 0,
                   .payload = bytes.substr(at + head, length)});
    at += head + length;
  }
  return at;
}

}  // namespace chatd::bench
