#pragma once
// Frames as a client sends them: masked, and broken in whatever way a case asks for.

#include "ws/frame.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace chatd::ws {

struct ClientFrame {
  Opcode opcode = Opcode::Text;
  std::string_view payload{};
  bool fin = true;
  unsigned reserved = 0;  // RSV1 is 4, RSV2 is 2, RSV3 is 1
  bool masked = true;
  MaskKey mask{0x37, 0xFA, 0x21, 0x3D};
  // How many bytes the length takes behind byte 1: 0, 2 or 8; -1 is the shortest form.
  int length_bytes = -1;
  // What the header announces, when that is not the payload's size.
  std::uint64_t announced = UINT64_MAX;

  std::string bytes() const {
    const std::uint64_t length = announced == UINT64_MAX ? payload.size() : announced;
    const int wide = length_bytes >= 0 ? length_bytes : length < 126 ? 0 : length < 65536 ? 2 : 8;
    const unsigned short_length = wide == 0 ? static_cast<unsigned>(length) : wide == 2 ? 126 : 127;
    std::string out;
    out += static_cast<char>((fin ? 0x80u : 0u) | reserved << 4 | static_cast<unsigned>(opcode));
    out += static_cast<char>((masked ? 0x80u : 0u) | short_length);
    for (int shift = 8 * (wide - 1); shift >= 0; shift -= 8) {
      out += static_cast<char>(length >> shift & 0xFF);
    }
    if (masked) out.append(reinterpret_cast<const char*>(mask.data()), mask.size());
    for (std::size_t i = 0; i < payload.size(); ++i) {
      out += static_cast<char>(payload[i] ^ (masked ? mask[i % 4] : 0));
    }
    return out;
  }
};

inline std::string client_text(std::string_view payload) {
  return ClientFrame{.opcode = Opcode::Text, .payload = payload}.bytes();
}

inline std::string client_close(CloseCode code, std::string_view reason) {
  const auto number = static_cast<std::uint16_t>(code);
  std::string payload{static_cast<char>(number >> 8), static_cast<char>(number & 0xFF)};
  payload += reason;
  return ClientFrame{.opcode = Opcode::Close, .payload = payload}.bytes();
}

}  // namespace chatd::ws
