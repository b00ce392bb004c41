#include "chat/chat_socket.h"

#include "chat/login_cookie.h"
#include "chat/visitor.h"
#include "ws/handshake.h"

namespace chatd::chat {

ChatSocket::ChatSocket(web::HandlerContext&& context, Hub& hub, Roster& roster)
    : WebSocketHandler(std::move(context)), hub_(hub), roster_(roster) {}

void ChatSocket::prepare() {
  if (const auto login = current_login(*this)) {
    nickname_ = login->nickname;
    member_ = roster_.resume(*login, visitor_of(request().remote_address)).value_or(MemberId::None);
  }
  if (member_ == MemberId::None && ws::is_upgrade(request())) throw web::HttpError(403);
}

void ChatSocket::get() {
  if (member_ == MemberId::None) return redirect("/login", http::Status::SeeOther);
  set_header("Cache-Control", "no-store");
  render("chat.html", {{"en", prefers_english()},
                       {"nickname", nickname_.text},
                       {"max_message_bytes", settings().websocket.max_message_bytes}});
}

// Without takeover, so that one deflated message is good for all, and an idle member costs nothing.
std::optional<ws::DeflateOptions> ChatSocket::get_compression_options() {
  if (hub_.options().compression == Compression::Off) return std::nullopt;
  // But Tornado's own client (6.2) reads no parameter without a value, and takes over all the same.
  const bool is_tornado = request().headers.get("User-Agent").value_or("").starts_with("Tornado/");
  return ws::DeflateOptions{.client_takeover = is_tornado ? ws::Takeover::Yes : ws::Takeover::No};
}

void ChatSocket::open() {
  switch (roster_.open_socket(nickname_.key, member_)) {
    case Roster::Entrance::Opened: break;
    case Roster::Entrance::LoggedOut: return close(ws::CloseCode::Normal, "logged out");
    case Roster::Entrance::TooMany:
      return close(ws::CloseCode::PolicyViolation, "too many connections of one login");
  }
  listener_.emplace(session(), member_);
  hub_.join(hub_.lobby(), member_, nickname_.text, *listener_);
  // A logout that came between the two lines above has missed this socket.
  if (!roster_.holds(nickname_.key, member_)) close(ws::CloseCode::Normal, "logged out");
}

bool ChatSocket::ready() { return !listener_ || hub_.ready(hub_.lobby(), *listener_); }

void ChatSocket::on_message(std::string_view text, ws::MessageKind kind) {
  if (kind != ws::MessageKind::Text) {
    return close(ws::CloseCode::UnsupportedData, "this chat speaks text");
  }
  hub_.publish(hub_.lobby(), *listener_, nickname_.text, text);
}

void ChatSocket::on_close() {
  if (!listener_) return;  // it was not let in
  hub_.leave(hub_.lobby(), member_, *listener_, departure());
  roster_.close_socket(nickname_.key, member_);
}

// A page that is reloaded or left says 1001, and a lost connection says nothing: those may be back
// in a moment. Who says goodbye in any other way means it.
Departure ChatSocket::departure() const {
  const bool may_return =
      close_code() == ws::CloseCode::GoingAway || close_code() == ws::CloseCode::Abnormal;
  return may_return ? Departure::MayReturn : Departure::Final;
}

}  // namespace chatd::chat
