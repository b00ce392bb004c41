#pragma once
// The cookie that says who is logged in: Tornado's signed value, named "nickname". Free functions;
// on the thread of the handler that they are given.

#include "chat/nickname.h"
#include "chat/roster.h"
#include "web/request_handler.h"

#include <optional>
#include <string>

namespace chatd::chat {

// Who the request's cookie says it is. None without a cookie that we (or Tornado with our secret)
// have signed, and where what it signs could be nobody's nickname. Whether the name is still that
// login's is for the Roster to say.
std::optional<Login> current_login(const web::RequestHandler& handler);

// A login of this moment, and the cookie's value that makes it one.
struct SignedLogin {
  Login login;
  std::string cookie;
};
SignedLogin sign_login(const web::RequestHandler& handler, const Nickname& nickname);

void set_login_cookie(web::RequestHandler& handler, const SignedLogin& signed_login);
void clear_login_cookie(web::RequestHandler& handler);

}  // namespace chatd::chat
