#include "ws/message_assembler.h"

#include "base/utf8.h"

#include <utility>

namespace chatd::ws {

namespace {

MessageKind kind_of(const FramePiece& piece) {
  return piece.opcode == Opcode::Text ? MessageKind::Text : MessageKind::Binary;
}

std::string_view view(std::span<const char> bytes) { return {bytes.data(), bytes.size()}; }

Failure<Violation> not_utf8() {
  return Failure{Violation{CloseCode::InvalidPayload, "a text that is not UTF-8"}};
}

}  // namespace

struct MessageAssembler::Partial {
  ByteBuffer bytes;
  Utf8Validator utf8;
};

MessageAssembler::MessageAssembler() = default;
MessageAssembler::~MessageAssembler() = default;

Result<std::optional<Message>, Violation> MessageAssembler::add(const FramePiece& piece) {
  if (piece.begins_message && piece.ends_message) return pass_through(piece);
  if (piece.begins_message) partial_ = std::make_unique<Partial>();
  const bool is_text = piece.opcode == Opcode::Text;
  if (is_text && !partial_->utf8.feed(view(piece.payload))) return not_utf8();
  partial_->bytes.append(view(piece.payload));
  if (!piece.ends_message) return std::optional<Message>{};
  if (is_text && !partial_->utf8.complete()) return not_utf8();

  Message message{.kind = kind_of(piece), .storage = std::move(partial_->bytes)};
  message.payload = message.storage.view();
  partial_.reset();
  return std::optional(std::move(message));
}

void MessageAssembler::clear() { partial_.reset(); }

Result<std::optional<Message>, Violation> MessageAssembler::pass_through(
    const FramePiece& piece) const {
  if (piece.opcode == Opcode::Text && !is_valid_utf8(view(piece.payload))) return not_utf8();
  return std::optional(Message{.kind = kind_of(piece), .payload = view(piece.payload)});
}

}  // namespace chatd::ws
