#pragma once
// FrameDecoder: bytes from a client -> frames, with every MUST of RFC 6455, section 5. A member of
// its Session; not shared between threads.

#include "base/result.h"
#include "ws/frame.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace chatd::ws {

// A control frame, which is always whole; or as much of a data frame as has arrived.
struct FramePiece {
  Opcode opcode = Opcode::Text;   // Text or Binary also in the frames that continue such a message
  Coding coding = Coding::Plain;  // of the message
  bool begins_message = true;
  bool ends_message = true;
  std::span<char> payload{};  // unmasked; lies in what was fed
};

// Feed it what arrived and call next() until it gives nothing. It buffers no payload: a frame of
// any size leaves in the pieces in which it came, so its memory does not depend on the peer.
class FrameDecoder {
 public:
  // A message whose frames announce more than `max_message_bytes` is refused as soon as they do so,
  // before its payload is read; what a deflated one comes to is for those to judge who inflate it.
  // `accepted` Deflate: a message may have RSV1 set.
  explicit FrameDecoder(std::uint64_t max_message_bytes, Coding accepted = Coding::Plain);

  // The next piece; it is taken from the front of `bytes` and unmasked where it lies. None when
  // more has to arrive: then what remains in `bytes` is the beginning of a header or of a control
  // frame, to be fed again, with more behind it. After a violation the decoder must not be used any
  // more.
  Result<std::optional<FramePiece>, Violation> next(std::span<char>& bytes);

 private:
  struct Header;

  static Result<std::optional<Header>, Violation> parse_header(std::span<const char> bytes);
  std::optional<FramePiece> control_frame(const Header& header, std::span<char>& bytes);
  Result<void, Violation> begin_frame(const Header& header);
  std::uint64_t limit() const;
  FramePiece take_piece(std::span<char>& bytes);

  std::uint64_t max_message_bytes_;
  std::uint64_t message_bytes_ = 0;     // that this message's frames have announced up to now
  std::uint64_t frame_bytes_left_ = 0;  // of the present data frame
  MaskKey mask_{};                      // for the next byte of it
  Coding accepted_;
  Coding coding_ = Coding::Plain;
  Opcode opcode_ = Opcode::Continuation;  // of the message; Continuation: there is none
  bool in_frame_ = false;
  bool final_frame_ = false;
  bool begins_message_ = false;  // no piece of the message has been delivered yet
};

}  // namespace chatd::ws
