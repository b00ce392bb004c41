#pragma once
// ws::Session: RFC 6455 on one connection, server side: frames in and out, ping, the close
// handshake. Lives on its connection's worker; owned by the Connection as its Protocol; owns its
// MessageSink.

#include "base/shared_buffer.h"
#include "net/protocol.h"
#include "net/timer.h"
#include "ws/frame.h"
#include "ws/message_sink.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace chatd::ws {

// Shared by all sessions; outlives them.
struct SessionOptions {
  std::size_t max_message_bytes = std::size_t{1} << 20;  // beyond it: 1009
  std::chrono::milliseconds ping_interval{30'000};       // zero: never ping
  std::chrono::milliseconds ping_timeout{30'000};        // no byte for so long after a ping: gone
  std::chrono::milliseconds close_timeout{5'000};        // for the peer's answer to our Close
};

class Session final : public net::Protocol, private net::Timer::Handler {
 public:
  Session(std::unique_ptr<MessageSink> sink, net::TimerWheel& timers,
          const SessionOptions& options);

  // Queues one message. False, and nothing is queued, once closing() or the peer is gone.
  bool send(std::string_view payload, MessageKind kind);
  // Queues frames that are encoded already (see PreparedMessage).
  bool send_frames(const SharedBuffer& frames);
  // `payload` is cut to 125 bytes.
  bool ping(std::string_view payload);

  // Starts the close handshake: no message goes out or comes in after it. A code that may not be
  // sent is sent as 1000 if it is NoStatus (an empty Close), else as 1011. `reason` is cut to 123
  // bytes at a character's end.
  void close(CloseCode code, std::string_view reason);

  // Takes no more messages from the peer until resume(), at once: also not those that have arrived.
  // Control frames wait behind them.
  void pause();
  void resume();

  net::Connection& connection() const;
  bool closing() const;
};

}  // namespace chatd::ws
