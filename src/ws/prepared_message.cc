#include "ws/prepared_message.h"

#include <cassert>

namespace chatd::ws {

PreparedMessage PreparedMessage::text(std::string_view payload) {
  return PreparedMessage(payload, MessageKind::Text);
}

PreparedMessage PreparedMessage::binary(std::string_view payload) {
  return PreparedMessage(payload, MessageKind::Binary);
}

PreparedMessage::PreparedMessage(std::string_view payload, MessageKind kind)
    : frame_(SharedBuffer::of(EncodedHeader(opcode_of(kind), payload.size()).view(), payload)),
      kind_(kind),
      header_bytes_(static_cast<std::uint8_t>(frame_.size() - payload.size())) {}

void PreparedMessage::deflate(Deflater& deflater) {
  assert(deflater.takeover() == Takeover::No);
  const std::string_view payload = frame_.view().substr(header_bytes_);
  if (!is_worth_deflating(payload)) return;
  const std::string smaller = deflater.deflate(payload);
  if (smaller.size() >= payload.size()) return;
  const EncodedHeader header(opcode_of(kind_), smaller.size(), Coding::Deflate);
  deflated_ = SharedBuffer::of(header.view(), smaller);
}

}  // namespace chatd::ws
