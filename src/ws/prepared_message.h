#pragma once
// PreparedMessage: one message for many, encoded once. Immutable; any thread may hold and copy it,
// for the price of a count.

#include "base/shared_buffer.h"
#include "ws/frame.h"

#include <string_view>

namespace chatd::ws {

class PreparedMessage {
 public:
  // `payload` must be UTF-8: clients fail the connection when it is not.
  static PreparedMessage text(std::string_view payload);
  static PreparedMessage binary(std::string_view payload);

  // The whole frame, as any peer can read it.
  const SharedBuffer& frame() const { return frame_; }

 private:
  PreparedMessage(std::string_view payload, MessageKind kind);

  SharedBuffer frame_;
};

}  // namespace chatd::ws
