#pragma once
// MessageSink: where a ws::Session takes its messages; implemented by web::WebSocketHandler.
// Called on the worker's thread. Must not throw.

#include "ws/frame.h"

#include <string>
#include <string_view>

namespace chatd::ws {

class Session;

// How a WebSocket ended (RFC 6455, 7.1.5 and 7.1.6): what the peer's Close frame said; 1005 if it
// said no code, 1006 if it never came.
struct CloseInfo {
  CloseCode code = CloseCode::Abnormal;
  std::string reason;
};

class MessageSink {
 public:
  virtual ~MessageSink() = default;

  // The handshake's answer is queued; `session` outlives the sink. The first call.
  virtual void on_open(Session& session) = 0;

  // Asked before anything is taken from what the peer sent: false leaves it where it is. Who says
  // false has called session.pause(), and will call resume().
  virtual bool ready() { return true; }

  // A whole message; text is valid UTF-8. The view ends with the call. Comes no more after close().
  virtual void on_message(std::string_view payload, MessageKind kind) = 0;

  // A Ping (already answered by the session) or a Pong; at most 125 bytes.
  virtual void on_ping(std::string_view payload) = 0;
  virtual void on_pong(std::string_view payload) = 0;

  // All that was queued for the peer has been handed to the system, after some had to wait.
  virtual void on_drained() {}

  // Once, the last call, however it ended.
  virtual void on_close(const CloseInfo& info) = 0;
};

}  // namespace chatd::ws
