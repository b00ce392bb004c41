#pragma once
// WebSocketHandler: one WebSocket; what a program overrides to say what its site does with
// messages. Lives on its connection's worker, from the upgrade to the close; owned by its
// ws::Session.

#include "net/socket.h"
#include "web/request_handler.h"
#include "ws/deflate_params.h"
#include "ws/frame.h"
#include "ws/message_sink.h"
#include "ws/prepared_message.h"
#include "ws/session.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace chatd::web {

// A GET with Upgrade: websocket comes here: prepare(), then the questions check_origin() and
// select_subprotocol(), then open(). Any other GET goes to get(), so that one path can serve a page
// and its socket. An exception in open() or in what takes messages is logged and closes with 1011.
class WebSocketHandler : public RequestHandler {
 public:
  using Nodelay = net::Nodelay;  // On, Off

  explicit WebSocketHandler(HandlerContext&& context);
  ~WebSocketHandler() override;

  // --- What a subclass answers ---

  // The request is still there: cookies, arguments, path. When open() returns it is freed, and
  // asking for it throws std::logic_error, unless keep_request() was called.
  virtual void open() {}
  // Asked before anything is taken from what the peer sent. To stop a peer that sends faster than
  // its messages can be dealt with, pause the session and say false; session().resume() later.
  virtual bool ready() { return true; }
  // A whole message; text is valid UTF-8. The view ends with the call.
  virtual void on_message(std::string_view message, ws::MessageKind kind) = 0;
  // A Ping, which has been answered already, or a Pong.
  virtual void on_ping(std::string_view payload) { static_cast<void>(payload); }
  virtual void on_pong(std::string_view payload) { static_cast<void>(payload); }
  // All that was written has been handed to the system, after some had to wait.
  virtual void on_drained() {}
  // The last call, once for each open(), however it ended: see close_code().
  virtual void on_close() {}

  // Whether a page from there may open this socket: by default pages of our own host, and those of
  // Settings::allowed_origins. Not asked when there is no Origin: that was no browser.
  virtual bool check_origin(std::string_view origin);
  // Which of the subprotocols that the client offers is spoken, if any.
  virtual std::optional<std::string> select_subprotocol(std::span<const std::string_view> offered);

  // How messages may be deflated (RFC 7692), if the client offers it; none, as by default: not at
  // all.
  virtual std::optional<ws::DeflateOptions> get_compression_options() { return std::nullopt; }

  // No upgrade was asked for: 400, as Tornado answers.
  void get() override;

  // --- What it says ---

  // Queues a message. False when the socket is closing or closed: to lose that race is nobody's
  // mistake.
  bool write_message(std::string_view message, ws::MessageKind kind = ws::MessageKind::Text);
  // The same message to many sockets: encoded once, and held by reference.
  bool write_message(const ws::PreparedMessage& message);
  bool ping(std::string_view payload = "");
  // Starts the close handshake; on_close() comes later, from the loop.
  void close(ws::CloseCode code = ws::CloseCode::Normal, std::string_view reason = "");
  // TCP_NODELAY is on from the start: messages are gathered by the tick, not by the kernel.
  void set_nodelay(Nodelay nodelay);
  // In open(): the request stays until the end, at the price of its memory.
  void keep_request() { exchange().kept = true; }

  // From open() on. Outlives the handler.
  ws::Session& session();
  // In on_close(): what the peer's Close frame said; NoStatus if it gave no code, Abnormal if none
  // came.
  ws::CloseCode close_code() const;
  const std::string& close_reason() const;

 private:
  friend class WebSocketSink;  // the calls of the session, with what they throw caught

  ws::Session* session_ = nullptr;             // null before open()
  const ws::CloseInfo* close_info_ = nullptr;  // null but in on_close()
};

// What a ws::Session is given to bring its messages to `handler`.
std::unique_ptr<ws::MessageSink> make_message_sink(std::unique_ptr<WebSocketHandler> handler);

}  // namespace chatd::web
