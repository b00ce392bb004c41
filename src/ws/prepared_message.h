#pragma once
// PreparedMessage: one message for many, in the encodings that they want, each made once. A value;
// copies share the bytes, which nobody changes, so that they may go to other threads.

#include "base/shared_buffer.h"
#include "ws/deflate.h"
#include "ws/frame.h"

#include <cstdint>
#include <string_view>

namespace chatd::ws {

class PreparedMessage {
 public:
  // `payload` must be UTF-8: clients fail the connection when it is not.
  static PreparedMessage text(std::string_view payload);
  static PreparedMessage binary(std::string_view payload);

  // Makes the deflated encoding as well, in this copy and those that are made of it from now on.
  // `deflater` is one without takeover.
  void deflate(Deflater& deflater);

  // The whole frame, as any peer can read it.
  const SharedBuffer& frame() const { return frame_; }
  // The one for peers whose DeflateParams take shared frames: deflated, if deflate() was called and
  // made it smaller.
  const SharedBuffer& deflated_frame() const { return deflated_.empty() ? frame_ : deflated_; }

 private:
  PreparedMessage(std::string_view payload, MessageKind kind);

  SharedBuffer frame_;
  SharedBuffer deflated_;
  MessageKind kind_;
  std::uint8_t header_bytes_;
};

}  // namespace chatd::ws
