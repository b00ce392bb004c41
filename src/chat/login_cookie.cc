#include "chat/login_cookie.h"

#include "http/cookie.h"
#include "web/signed_value.h"

#include <chrono>

namespace chatd::chat {

namespace {

constexpr const char* kCookie = "nickname";
// As long as Tornado's set_secure_cookie() keeps one.
constexpr std::chrono::days kAge{30};

}  // namespace

std::optional<Login> current_login(const web::RequestHandler& handler) {
  const auto cookie = handler.get_signed_cookie(kCookie);
  if (!cookie) return std::nullopt;
  auto nickname = parse_nickname(cookie->value);
  if (!nickname) return std::nullopt;
  return Login{.nickname = *nickname, .signature = cookie->signature};
}

SignedLogin sign_login(const web::RequestHandler& handler, const Nickname& nickname,
                       std::chrono::seconds ago) {
  const auto now =
      std::chrono::floor<std::chrono::seconds>(handler.connection().loop().time().system());
  std::string cookie =
      web::create_signed_value(handler.settings().cookie_secret, kCookie, nickname.text, now - ago);
  std::string signature = cookie.substr(cookie.rfind('|') + 1);
  return {.login = {.nickname = nickname, .signature = std::move(signature)},
          .cookie = std::move(cookie)};
}

void set_login_cookie(web::RequestHandler& handler, const SignedLogin& signed_login) {
  http::SetCookie cookie{.name = kCookie, .value = signed_login.cookie};
  cookie.max_age = std::chrono::seconds(kAge);
  cookie.expires = handler.connection().loop().time().system() + kAge;
  cookie.secure = handler.request().secure;
  handler.set_cookie(cookie);
}

void clear_login_cookie(web::RequestHandler& handler) { handler.clear_cookie(kCookie); }

}  // namespace chatd::chat
