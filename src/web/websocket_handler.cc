#include "web/websocket_handler.h"

#include "base/log.h"
#include "web/origin.h"

#include <exception>
#include <stdexcept>
#include <utility>

namespace chatd::web {

WebSocketHandler::WebSocketHandler(HandlerContext&& context) : RequestHandler(std::move(context)) {}

WebSocketHandler::~WebSocketHandler() = default;

bool WebSocketHandler::check_origin(std::string_view origin) {
  return is_listed(origin, settings().allowed_origins) || is_same_origin(origin, request());
}

std::optional<std::string> WebSocketHandler::select_subprotocol(
    std::span<const std::string_view> offered) {
  static_cast<void>(offered);
  return std::nullopt;
}

void WebSocketHandler::get() {
  set_status(http::Status::BadRequest);
  set_header("Content-Type", "text/plain; charset=UTF-8");
  finish("Can \"Upgrade\" only to \"WebSocket\".");
}

bool WebSocketHandler::write_message(std::string_view message, ws::MessageKind kind) {
  return session().send(message, kind);
}

bool WebSocketHandler::write_message(const ws::PreparedMessage& message) {
  return session().send(message);
}

bool WebSocketHandler::ping(std::string_view payload) { return session().ping(payload); }

void WebSocketHandler::close(ws::CloseCode code, std::string_view reason) {
  session().close(code, reason);
}

void WebSocketHandler::set_nodelay(Nodelay nodelay) { connection().set_nodelay(nodelay); }

ws::Session& WebSocketHandler::session() {
  if (session_ == nullptr) throw std::logic_error("no WebSocket before open()");
  return *session_;
}

ws::CloseCode WebSocketHandler::close_code() const {
  if (close_info_ == nullptr) throw std::logic_error("no close code before on_close()");
  return close_info_->code;
}

const std::string& WebSocketHandler::close_reason() const {
  if (close_info_ == nullptr) throw std::logic_error("no close reason before on_close()");
  return close_info_->reason;
}

// Stands between the session, which must not see an exception, and the handler, which may throw.
class WebSocketSink final : public ws::MessageSink {
 public:
  explicit WebSocketSink(std::unique_ptr<WebSocketHandler> handler)
      : handler_(std::move(handler)) {}

  void on_open(ws::Session& session) override {
    handler_->session_ = &session;
    const net::ConnId id = session.connection().id();
    log_info("open conn=%u/%u peer=%s", unsigned{id.worker}, id.slot,
             session.connection().peer_address().c_str());
    close_if_throws("open", [&] { handler_->open(); });
    if (!handler_->exchange().kept) handler_->release_exchange();
  }

  bool ready() override {
    bool is_ready = false;
    close_if_throws("ready", [&] { is_ready = handler_->ready(); });
    return is_ready;
  }

  void on_message(std::string_view payload, ws::MessageKind kind) override {
    close_if_throws("on_message", [&] { handler_->on_message(payload, kind); });
  }

  void on_ping(std::string_view payload) override {
    close_if_throws("on_ping", [&] { handler_->on_ping(payload); });
  }

  void on_pong(std::string_view payload) override {
    close_if_throws("on_pong", [&] { handler_->on_pong(payload); });
  }

  void on_drained() override {
    close_if_throws("on_drained", [&] { handler_->on_drained(); });
  }

  void on_close(const ws::CloseInfo& info) override {
    const net::ConnId id = handler_->connection().id();
    // Not the reason: that is text of the peer's.
    log_info("close conn=%u/%u code=%u", unsigned{id.worker}, id.slot,
             unsigned{static_cast<std::uint16_t>(info.code)});
    handler_->close_info_ = &info;
    throws("on_close", [&] { handler_->on_close(); });
    handler_->close_info_ = nullptr;
  }

 private:
  template <typename Call>
  void close_if_throws(const char* event, Call call) {
    if (throws(event, call)) handler_->session().close(ws::CloseCode::InternalError, "");
  }

  template <typename Call>
  static bool throws(const char* event, Call call) {
    try {
      call();
      return false;
    } catch (const std::exception& error) {
      log_error("websocket event=%s what=%s", event, quoted(error.what()).c_str());
    } catch (...) {
      log_error("websocket event=%s what=unknown", event);
    }
    return true;
  }

  const std::unique_ptr<WebSocketHandler> handler_;
};

std::unique_ptr<ws::MessageSink> make_message_sink(std::unique_ptr<WebSocketHandler> handler) {
  return std::make_unique<WebSocketSink>(std::move(handler));
}

}  // namespace chatd::web
