#pragma once
// The cookie that says who is logged in: Tornado's signed value, named "nickname". Free functions;
// on the thread of the handler that they are given.

#include "chat/nickname.h"
#include "chat/roster.h"
#include "web/request_handler.h"

#include <chrono>
#include <optional>
#include <string>

namespace chatd::chat {

// Who the request's cookie says it is. None without a cookie that we (or Tornado with our secret)
// have signed, and where what it signs could be nobody's nickname. Whether the name is still that
// login's is for the Roster to say.
std::optional<Login> current_login(const web::RequestHandler& handler);

// A login, and the cookie's value that makes it one. Signed as of now, or of so long ago: what is
// signed for a name differs by its second only.
struct SignedLogin {
  Login login;
  std::string cookie;
};
SignedLogin sign_login(const web::RequestHandler& handler, const Nickname& nickname,
                       std::chrono::seconds ago);

void set_login_cookie(web::RequestHandler& handler, const SignedLogin& signed_login);
void clear_login_cookie(web::RequestHandler& handler);

}  // namespace chatd::chat
