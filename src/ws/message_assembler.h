#pragma once
// MessageAssembler: pieces of frames -> whole messages, with UTF-8 checked as it arrives (RFC 6455,
// 5.6 and 8.1). A member of its Session; not shared between threads.

#include "base/byte_buffer.h"
#include "base/result.h"
#include "ws/frame.h"
#include "ws/frame_decoder.h"

#include <memory>
#include <optional>
#include <string_view>

namespace chatd::ws {

struct Message {
  MessageKind kind = MessageKind::Text;
  std::string_view payload{};
  // Where `payload` lies, if the message came in several pieces; else it lies in what was fed to
  // the decoder. Goes with the message.
  ByteBuffer storage{};
};

// Between messages it is one null pointer. A message that comes in one piece is passed through;
// else the pieces are collected, and the decoder's limit bounds them.
class MessageAssembler {
 public:
  MessageAssembler();
  MessageAssembler(const MessageAssembler&) = delete;
  MessageAssembler& operator=(const MessageAssembler&) = delete;
  ~MessageAssembler();

  // The next piece of a data frame, in the order of the decoder. A message when it was the last; a
  // violation at the first byte that cannot be UTF-8, however much of the message is still to come.
  Result<std::optional<Message>, Violation> add(const FramePiece& piece);

  // Forgets a message that has begun.
  void clear();

 private:
  struct Partial;

  Result<std::optional<Message>, Violation> pass_through(const FramePiece& piece) const;

  std::unique_ptr<Partial> partial_;  // null between messages
};

}  // namespace chatd::ws
