#include "ws/prepared_message.h"

namespace chatd::ws {

PreparedMessage PreparedMessage::text(std::string_view payload) {
  return PreparedMessage(payload, MessageKind::Text);
}

PreparedMessage PreparedMessage::binary(std::string_view payload) {
  return PreparedMessage(payload, MessageKind::Binary);
}

PreparedMessage::PreparedMessage(std::string_view payload, MessageKind kind)
    : frame_(SharedBuffer::of(EncodedHeader(opcode_of(kind), payload.size()).view(), payload)) {}

}  // namespace chatd::ws
