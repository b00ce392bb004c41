#pragma once
// The pages beside the chat itself: the way in, the way out, and what an operator asks for.
// Worker's thread; one for each request.

#include "chat/hub.h"
#include "chat/login_cookie.h"
#include "chat/nickname.h"
#include "chat/roster.h"
#include "web/request_handler.h"

#include <string_view>

namespace chatd::chat {

// GET /: to the chat, or to the login.
class IndexHandler final : public web::RequestHandler {
 public:
  IndexHandler(web::HandlerContext&& context, Roster& roster);
  void get() override;

 private:
  Roster& roster_;
};

// A sentence in both languages of the pages.
struct Hint {
  std::string_view chinese;
  std::string_view english;
};

// GET /login: the form. POST /login: takes the nickname, or shows the form again and says why not.
class LoginHandler final : public web::RequestHandler {
 public:
  LoginHandler(web::HandlerContext&& context, Hub& hub, Roster& roster);
  void get() override;
  void post() override;

 private:
  Roster::Claim claim(const Nickname& nickname, SignedLogin& signed_login);
  void show_form(std::string_view typed, const Hint& hint);

  Hub& hub_;
  Roster& roster_;
};

// POST /logout: the name is free, the cookie gone.
class LogoutHandler final : public web::RequestHandler {
 public:
  LogoutHandler(web::HandlerContext&& context, Hub& hub, Roster& roster);
  void post() override;

 private:
  Hub& hub_;
  Roster& roster_;
};

// GET /healthz, GET /readyz: the process serves requests. While it drains it accepts none, so
// neither is answered then.
class HealthHandler final : public web::RequestHandler {
 public:
  using RequestHandler::RequestHandler;
  void get() override;
};

}  // namespace chatd::chat
