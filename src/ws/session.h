#pragma once
// ws::Session: RFC 6455 on one connection, server side: frames in and out, ping, the close
// handshake. Lives on its connection's worker; owned by the Connection as its Protocol; owns its
// MessageSink.

#include "base/shared_buffer.h"
#include "net/protocol.h"
#include "net/timer.h"
#include "ws/deflate.h"
#include "ws/frame.h"
#include "ws/frame_decoder.h"
#include "ws/message_assembler.h"
#include "ws/message_sink.h"
#include "ws/prepared_message.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace chatd::ws {

// Shared by all sessions; outlives them.
struct SessionOptions {
  std::size_t max_message_bytes = std::size_t{1} << 20;  // beyond it: 1009
  std::chrono::milliseconds ping_interval{30'000};       // silence before a ping; zero: never
  std::chrono::milliseconds ping_timeout{30'000};        // no byte for so long after a ping: gone
  std::chrono::milliseconds close_timeout{5'000};        // for the peer's answer to our Close
};

// An idle one holds no memory but its members, and does nothing per message to be kept alive: its
// one timer asks now and then whether the peer was heard.
class Session final : public net::Protocol, private net::Timer::Handler {
 public:
  // `deflate` is what the Handshake says.
  Session(std::unique_ptr<MessageSink> sink, net::TimerWheel& timers, const SessionOptions& options,
          const std::optional<DeflateParams>& deflate = std::nullopt);

  // Queues one message. False, and nothing is queued, once closing() or the peer is gone.
  bool send(std::string_view payload, MessageKind kind);
  // The same, by reference, in the encoding that this peer takes.
  bool send(const PreparedMessage& message);
  // Queues frames that are encoded already.
  bool send_frames(const SharedBuffer& frames);
  // `payload` is cut to 125 bytes.
  bool ping(std::string_view payload);

  // Starts the close handshake: no message goes out or comes in after it. A code that may not be
  // sent is sent as an empty Close if it is NoStatus, else as 1011. `reason` is cut to 123 bytes at
  // a character's end.
  void close(CloseCode code, std::string_view reason);

  // Takes no more messages from the peer until resume(), at once: also not those that have arrived.
  // Control frames wait behind them.
  void pause();
  void resume();

  net::Connection& connection() const { return *connection_; }
  bool closing() const;
  // Whether this peer takes PreparedMessage::deflated_frame().
  bool takes_deflated_frames() const { return takes_deflated_frames_; }

 private:
  enum class State : std::uint8_t {
    Open,
    CloseSent,  // the peer's Close is awaited; all else that it sends is thrown away
    Closed,     // nothing more goes out or is heard
  };

  void on_attach(net::Connection& connection) override;
  std::size_t on_data(std::span<char> bytes) override;
  void on_end() override;
  void on_drained() override;
  void on_shutdown() override;
  void on_close(net::EndReason reason) override;
  void on_timer(net::Timer& timer) override;

  bool may_take();
  void take(const FramePiece& piece);
  void take_message(const FramePiece& piece);
  void take_ping(std::string_view payload);
  void take_pong(std::string_view payload);
  void take_close(std::string_view payload);
  void fail(const Violation& violation);
  void finish();
  void tell_closed();

  void send_frame(Opcode opcode, std::string_view payload, Coding coding = Coding::Plain);
  void send_deflated(std::string_view payload, MessageKind kind);
  void send_close(CloseCode code, std::string_view reason);
  void send_late_pong();
  void assert_here() const;

  const SessionOptions& options_;
  net::Connection* connection_ = nullptr;  // set by on_attach()
  net::Timer timer_;                       // while Open: to ping; while CloseSent: to give up
  FrameDecoder decoder_;
  MessageAssembler assembler_;
  const std::unique_ptr<Deflater> deflater_;  // null when it was not negotiated
  SharedBuffer late_pong_;                    // an encoded Pong that waits for output to go first
  std::unique_ptr<CloseInfo> info_;           // null until there is something to tell
  const bool takes_deflated_frames_;
  State state_ = State::Open;
  bool paused_ = false;
  bool heard_ = false;   // bytes came since the timer last asked
  bool pinged_ = false;  // by the timer, and not heard since
  bool told_ = false;    // the sink has had its last call
  // Destroyed first: it may refer to all of the above.
  const std::unique_ptr<MessageSink> sink_;
};

}  // namespace chatd::ws
