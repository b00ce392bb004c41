// ws::FrameDecoder and ws::MessageAssembler: the same messages and the same end, however the bytes
// are cut.

#include "base/utf8.h"
#include "fuzz/fuzzing.h"
#include "ws/frame_decoder.h"
#include "ws/message_assembler.h"

#include <memory>
#include <optional>
#include <string>

namespace {

using namespace chatd;

constexpr std::size_t kMaxMessageBytes = 20'000;

struct Heard {
  std::vector<std::string> messages;
  std::optional<ws::CloseCode> end;
};

class Peer {
 public:
  explicit Peer(const fuzz::Input& input)
      : decoder_(kMaxMessageBytes, input.chooses(0) ? ws::Coding::Deflate : ws::Coding::Plain),
        assembler_(kMaxMessageBytes, input.chooses(0) ? inflater(input) : nullptr) {}

  void feed(std::string_view bytes) {
    left_ += bytes;
    std::span<char> span(left_);
    while (!heard_.end) {
      const auto piece = decoder_.next(span);
      if (!piece) heard_.end = piece.error().code;
      if (!piece || !*piece) break;
      take(**piece);
    }
    left_.erase(0, left_.size() - span.size());
    fuzz::require(heard_.end || left_.size() < 14 + ws::kMaxControlPayload, "little is held back");
  }

  const Heard& heard() const { return heard_; }

 private:
  static std::unique_ptr<ws::Inflater> inflater(const fuzz::Input& input) {
    // The largest window: zlib forgives a sender that exceeds a smaller one, or not, by the cuts.
    return std::make_unique<ws::Inflater>(ws::kMaxWindowBits,
                                          input.chooses(2) ? ws::Takeover::Yes : ws::Takeover::No);
  }

  void take(const ws::FramePiece& piece) {
    if (ws::is_control(piece.opcode)) {
      const std::string payload(piece.payload.data(), piece.payload.size());
      fuzz::require(payload.size() <= ws::kMaxControlPayload, "control frames are short");
      if (piece.opcode == ws::Opcode::Close) {
        const auto close = ws::parse_close(payload);
        heard_.end = close ? close->code : close.error().code;
      }
      heard_.messages.push_back("control " + payload);
      return;
    }
    const auto message = assembler_.add(piece);
    if (!message) heard_.end = message.error().code;
    if (!message || !*message) return;
    const std::string payload((*message)->payload);
    fuzz::require(payload.size() <= kMaxMessageBytes, "messages keep the limit");
    const bool text = (*message)->kind == ws::MessageKind::Text;
    fuzz::require(!text || is_valid_utf8(payload), "texts are UTF-8");
    heard_.messages.push_back((text ? "text " : "binary ") + payload);
  }

  ws::FrameDecoder decoder_;
  ws::MessageAssembler assembler_;
  std::string left_;
  Heard heard_;
};

// What is both too long and no text may be told either, by what comes first.
bool same_end(const Heard& one, const Heard& other) {
  if (one.end == other.end) return true;
  const auto either = [](const Heard& heard) {
    return heard.end == ws::CloseCode::MessageTooBig || heard.end == ws::CloseCode::InvalidPayload;
  };
  return either(one) && either(other);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input(data, size);
  Peer whole(input);
  whole.feed(input.bytes);
  Peer in_pieces(input);
  for (const std::string_view piece : fuzz::cut(input.bytes)) {
    if (!in_pieces.heard().end) in_pieces.feed(piece);
  }
  fuzz::require(whole.heard().messages == in_pieces.heard().messages, "cuts change no message");
  fuzz::require(same_end(whole.heard(), in_pieces.heard()), "cuts change no end");
  return 0;
}
