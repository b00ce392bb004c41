#pragma once
// ChatSocket: /chat, the page and the member's socket. Lives on one worker; joins the lobby when it
// opens.

#include "chat/hub.h"
#include "chat/listener.h"
#include "chat/nickname.h"
#include "chat/roster.h"
#include "web/websocket_handler.h"

#include <optional>
#include <string_view>

namespace chatd::chat {

class ChatSocket final : public web::WebSocketHandler {
 public:
  ChatSocket(web::HandlerContext&& context, Hub& hub, Roster& roster);

  void prepare() override;
  void get() override;  // the page

  std::optional<ws::DeflateOptions> get_compression_options() override;
  void open() override;
  bool ready() override;
  void on_message(std::string_view text, ws::MessageKind kind) override;
  void on_close() override;

 private:
  Departure departure() const;

  Hub& hub_;
  Roster& roster_;
  Nickname nickname_;
  MemberId member_ = MemberId::None;  // None for who is not logged in
  std::optional<Listener> listener_;  // from open() on
};

}  // namespace chatd::chat
