#include "chat/page_handlers.h"

#include "base/utf8.h"
#include "chat/visitor.h"
#include "http/url.h"

#include <chrono>
#include <string>

namespace chatd::chat {

namespace {

// How many logins of one name may end within a second before the next has to wait.
constexpr std::chrono::seconds kSpentAtMost{1000};

constexpr Hint kNoHint{"", ""};
constexpr Hint kTaken{"昵称已被使用,请更换昵称", "That nickname is taken. Please choose another."};
constexpr Hint kCrowded{
    "您的网络有太多人刚刚登录,请稍后再试",
    "Too many have just logged in from your network. Please try again in a minute."};
constexpr Hint kFull{"聊天室已满,请稍后再试", "The chat room is full. Please try again later."};

Hint hint_for(NicknameFault fault) {
  switch (fault) {
    case NicknameFault::Empty: return {"昵称不能为空", "Please enter a nickname."};
    case NicknameFault::TooLong:
      return {"昵称太长,请更换昵称", "That nickname is too long. Please choose a shorter one."};
    case NicknameFault::Misleading:
      return {"昵称不能含有“说:”或“~~~”,请更换昵称",
              "A nickname must not contain “说:” or “~~~”. Please choose another."};
    case NicknameFault::Unprintable: break;
  }
  return {"昵称含有无法显示的字符,请更换昵称",
          "That nickname has characters that cannot be shown. Please choose another."};
}

// As typed: get_body_argument() would make spaces of control characters, and a name that has some
// is to be refused, not mended.
std::string typed_nickname(const http::Request& request) {
  const auto fields = http::parse_form(request.body);
  if (!fields) return {};
  for (const http::FormField& field : *fields) {
    if (field.name == "nickname") return field.value;
  }
  return {};
}

// The room hears that it has left before anybody else can enter under that name.
void log_out(const Login& login, Hub& hub, Roster& roster) {
  if (const auto member = roster.revoke(login)) hub.evict(*member);
  roster.release(login);
}

}  // namespace

IndexHandler::IndexHandler(web::HandlerContext&& context, Roster& roster)
    : RequestHandler(std::move(context)), roster_(roster) {}

void IndexHandler::get() {
  const auto login = current_login(*this);
  const bool known = login && roster_.resume(*login, visitor_of(request().remote_address));
  redirect(known ? "/chat" : "/login", http::Status::SeeOther);
}

LoginHandler::LoginHandler(web::HandlerContext&& context, Hub& hub, Roster& roster)
    : RequestHandler(std::move(context)), hub_(hub), roster_(roster) {}

void LoginHandler::get() { show_form("", kNoHint); }

void LoginHandler::post() {
  const std::string typed = typed_nickname(request());
  const auto nickname = parse_nickname(typed);
  if (!nickname) return show_form(typed, hint_for(nickname.error()));
  const auto previous = current_login(*this);
  const bool same_name = previous && previous->nickname.key == nickname->key;
  if (!same_name || !roster_.resume(*previous, visitor_of(request().remote_address))) {
    SignedLogin signed_login;
    switch (claim(*nickname, signed_login)) {
      case Roster::Claim::Granted: break;
      case Roster::Claim::Spent:
      case Roster::Claim::Taken: return show_form(typed, kTaken);
      case Roster::Claim::Full: return show_form(typed, kFull);
      case Roster::Claim::Crowded:
        set_status(http::Status::TooManyRequests);
        return show_form(typed, kCrowded);
    }
    set_login_cookie(*this, signed_login);
    // Who comes in under a new name goes out under the old one.
    if (previous && previous->signature != signed_login.login.signature) {
      log_out(*previous, hub_, roster_);
    }
  }
  redirect("/chat", http::Status::SeeOther);
}

// Who takes a name in the very second in which another login had it gets a cookie of an earlier
// second: with the same one, who had it before would still be let in.
Roster::Claim LoginHandler::claim(const Nickname& nickname, SignedLogin& signed_login) {
  const std::string visitor = visitor_of(request().remote_address);
  auto verdict = Roster::Claim::Spent;
  for (std::chrono::seconds ago{0}; verdict == Roster::Claim::Spent && ago < kSpentAtMost; ++ago) {
    signed_login = sign_login(*this, nickname, ago);
    verdict = roster_.claim(signed_login.login, visitor);
  }
  return verdict;
}

void LoginHandler::show_form(std::string_view typed, const Hint& hint) {
  set_header("Cache-Control", "no-store");
  render("login.html", {{"en", prefers_english()},
                        {"hint", hint.chinese},
                        {"hint_en", hint.english},
                        // A page is UTF-8, whatever was typed.
                        {"nickname", is_valid_utf8(typed) ? typed : ""},
                        {"max_length", kMaxNicknameCharacters}});
}

LogoutHandler::LogoutHandler(web::HandlerContext&& context, Hub& hub, Roster& roster)
    : RequestHandler(std::move(context)), hub_(hub), roster_(roster) {}

void LogoutHandler::post() {
  if (const auto login = current_login(*this)) log_out(*login, hub_, roster_);
  clear_login_cookie(*this);
  redirect("/login", http::Status::SeeOther);
}

void HealthHandler::get() {
  set_header("Content-Type", "text/plain; charset=utf-8");
  set_header("Cache-Control", "no-store");
  write("ok\n");
}

}  // namespace chatd::chat
