#include "ws/message_assembler.h"

#include "base/utf8.h"

#include <array>
#include <utility>

namespace chatd::ws {

namespace {

// How much is inflated between two looks at the limit.
constexpr std::size_t kInflatedBite = std::size_t{8} << 10;

MessageKind kind_of(const FramePiece& piece) {
  return piece.opcode == Opcode::Text ? MessageKind::Text : MessageKind::Binary;
}

std::string_view view(std::span<const char> bytes) { return {bytes.data(), bytes.size()}; }

Failure<Violation> not_utf8() {
  return Failure{Violation{CloseCode::InvalidPayload, "a text that is not UTF-8"}};
}

}  // namespace

struct MessageAssembler::Partial {
  MessageKind kind = MessageKind::Text;
  ByteBuffer bytes{};
  Utf8Validator utf8{};
};

MessageAssembler::MessageAssembler(std::size_t max_message_bytes,
                                   std::unique_ptr<Inflater> inflater)
    : max_message_bytes_(max_message_bytes), inflater_(std::move(inflater)) {}
MessageAssembler::~MessageAssembler() = default;

Result<std::optional<Message>, Violation> MessageAssembler::add(const FramePiece& piece) {
  const bool deflated = piece.coding == Coding::Deflate;
  if (!deflated && piece.begins_message && piece.ends_message) return pass_through(piece);

  if (piece.begins_message) partial_ = std::make_unique<Partial>(Partial{.kind = kind_of(piece)});
  const auto added = deflated ? inflate(view(piece.payload)) : collect(view(piece.payload));
  if (!added) return Failure{added.error()};
  if (!piece.ends_message) return std::optional<Message>{};

  if (const auto ended = end_message(piece.coding); !ended) return Failure{ended.error()};
  Message message{.kind = partial_->kind, .storage = std::move(partial_->bytes)};
  message.payload = message.storage.view();
  partial_.reset();
  return std::optional(std::move(message));
}

Result<void, Violation> MessageAssembler::inflate(std::string_view bytes) {
  inflater_->feed(bytes);
  std::array<char, kInflatedBite> bite;
  while (true) {
    const auto count = inflater_->read(bite);
    if (!count) return Failure{count.error()};
    if (*count == 0) return {};
    if (const auto added = collect({bite.data(), *count}); !added) return added;
  }
}

Result<void, Violation> MessageAssembler::collect(std::string_view bytes) {
  if (bytes.size() > max_message_bytes_ - partial_->bytes.size()) {
    return Failure{Violation{CloseCode::MessageTooBig, "a message beyond the limit"}};
  }
  if (partial_->kind == MessageKind::Text && !partial_->utf8.feed(bytes)) return not_utf8();
  partial_->bytes.append(bytes);
  return {};
}

Result<void, Violation> MessageAssembler::end_message(Coding coding) {
  if (coding == Coding::Deflate) {
    if (const auto added = inflate(Inflater::kEndOfMessage); !added) return added;
    if (const auto ended = inflater_->end_message(); !ended) return ended;
  }
  if (partial_->kind == MessageKind::Text && !partial_->utf8.complete()) return not_utf8();
  return {};
}

void MessageAssembler::clear() { partial_.reset(); }

Result<std::optional<Message>, Violation> MessageAssembler::pass_through(
    const FramePiece& piece) const {
  if (piece.opcode == Opcode::Text && !is_valid_utf8(view(piece.payload))) return not_utf8();
  return std::optional(Message{.kind = kind_of(piece), .payload = view(piece.payload)});
}

}  // namespace chatd::ws
