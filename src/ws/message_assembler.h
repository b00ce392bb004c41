#pragma once
// MessageAssembler: pieces of frames -> whole messages, inflated (RFC 7692), with UTF-8 checked as
// it arrives (RFC 6455, 5.6 and 8.1). A member of its Session; not shared between threads.

#include "base/byte_buffer.h"
#include "base/result.h"
#include "ws/deflate.h"
#include "ws/frame.h"
#include "ws/frame_decoder.h"

#include <cstddef>
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

// A message that comes in one piece is passed through; else the pieces are collected, up to the
// limit. Between messages it holds no memory, but for what an inflater with takeover remembers.
class MessageAssembler {
 public:
  // `inflater` is null when deflate was not negotiated: then no piece must be deflated.
  explicit MessageAssembler(std::size_t max_message_bytes,
                            std::unique_ptr<Inflater> inflater = nullptr);
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
  Result<void, Violation> inflate(std::string_view bytes);
  Result<void, Violation> collect(std::string_view bytes);
  Result<void, Violation> end_message(Coding coding);

  const std::size_t max_message_bytes_;
  const std::unique_ptr<Inflater> inflater_;
  std::unique_ptr<Partial> partial_;  // null between messages
};

}  // namespace chatd::ws
