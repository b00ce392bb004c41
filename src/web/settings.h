#pragma once
// Settings: what an Application is told. A value; constant once the Application has it.
//
//   Application app({…}, Settings{.cookie_secret = secret, .template_path = "templates"});

#include "http/limits.h"
#include "net/network.h"
#include "ws/session.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace chatd::web {

inline constexpr const char* kStrictContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

struct Settings {
  // Signs cookies: long and random, the same in all processes of a site, never in a repository.
  // Without it, set_secure_cookie() and get_secure_cookie() throw.
  std::string cookie_secret{};
  // Signed cookies that are older are not believed.
  std::chrono::days max_cookie_age{31};

  // The folder of the pages that render() knows; empty: none.
  std::filesystem::path template_path{};
  // The folder whose files GET /static/… gives out; empty: none.
  std::filesystem::path static_path{};

  // Other sites whose pages may open WebSockets here and send us forms, as a browser writes them in
  // Origin: "https://chat.example".
  std::vector<std::string> allowed_origins{};
  // Whether POST, PUT, PATCH and DELETE get 403 when another site's page sends them.
  bool refuse_cross_site = true;
  // Whether they get 403 as well without the token that our own pages send along: see
  // RequestHandler::check_xsrf_cookie().
  bool xsrf_cookies = false;

  // Proxies that are believed when they say who asks, over what and for which host:
  // X-Forwarded-For, -Proto and -Host, or Forwarded.
  std::vector<net::Network> trusted_proxies{};

  // What goes with every HTML page, unless its handler says otherwise; empty: none.
  std::string content_security_policy = kStrictContentSecurityPolicy;

  // Shows what an exception said on the page for 500. Never where strangers can come.
  bool debug = false;

  http::Limits http{};
  ws::SessionOptions websocket{};
};

}  // namespace chatd::web
