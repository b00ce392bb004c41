#pragma once
// Feeds a FrameDecoder as a connection does (what is left is offered again, with what arrives next)
// and writes down what came out.

#include "ws/frame_decoder.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chatd::ws {

inline std::string name_of(Opcode opcode) {
  switch (opcode) {
    case Opcode::Continuation: return "continuation";
    case Opcode::Text: return "text";
    case Opcode::Binary: return "binary";
    case Opcode::Close: return "close";
    case Opcode::Ping: return "ping";
    case Opcode::Pong: return "pong";
  }
  return "?";
}

class Decoding {
 public:
  explicit Decoding(std::uint64_t max_message_bytes = 1 << 20, Coding accepted = Coding::Plain)
      : decoder_(max_message_bytes, accepted) {}

  Decoding& feed(std::string_view bytes) {
    left_ += bytes;
    std::span<char> span(left_);
    while (!violation_) {
      const auto piece = decoder_.next(span);
      if (!piece) violation_ = piece.error();
      if (!piece || !*piece) break;
      note(**piece);
    }
    left_.erase(0, left_.size() - span.size());
    return *this;
  }

  Decoding& feed_in_pieces_of(std::size_t size, std::string_view bytes) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size()))) {
      feed(bytes.substr(0, size));
    }
    return *this;
  }

  // "text hello", "ping x": messages and control frames, in the order in which they ended.
  const std::vector<std::string>& heard() const { return heard_; }
  const std::optional<Violation>& violation() const { return violation_; }
  CloseCode code() const { return violation_ ? violation_->code : CloseCode::Normal; }
  // How much the decoder left to be offered again.
  std::size_t left() const { return left_.size(); }
  // The payload of the message that has not ended yet.
  const std::string& partial() const { return partial_; }

 private:
  void note(const FramePiece& piece) {
    const std::string_view payload(piece.payload.data(), piece.payload.size());
    if (is_control(piece.opcode)) {
      heard_.push_back(name_of(piece.opcode) + " " + std::string(payload));
      return;
    }
    if (piece.begins_message) partial_.clear();
    partial_ += payload;
    if (!piece.ends_message) return;
    heard_.push_back(name_of(piece.opcode) + " " + partial_);
    partial_.clear();
  }

  FrameDecoder decoder_;
  std::string left_;
  std::string partial_;
  std::vector<std::string> heard_;
  std::optional<Violation> violation_;
};

}  // namespace chatd::ws
