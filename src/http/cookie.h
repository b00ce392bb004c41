#pragma once
// Cookies (RFC 6265): what a client sends and what we set. Values are quoted on the wire as
// Python's http.cookies and Tornado do it, so that either reads what the other wrote. Any thread.

#include "http/headers.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chatd::http {

struct Cookie {
  std::string name;
  std::string value;
};

// Of all Cookie fields, in the order in which they came; a name may come again. Never fails: a
// piece without '=' is a value without a name, as Tornado and browsers have it.
std::vector<Cookie> parse_cookies(const Headers& headers);
// Of one field's value: `a=1; nickname="2|1:0|10:1700000000|…"`.
std::vector<Cookie> parse_cookie_line(std::string_view line);

enum class SameSite { Unsaid, Lax, Strict, None };

struct SetCookie {
  std::string name;
  std::string value;
  std::string path = "/";
  std::string domain = {};  // empty: this host only
  std::optional<std::chrono::system_clock::time_point> expires = std::nullopt;
  std::optional<std::chrono::seconds> max_age = std::nullopt;
  bool http_only = true;
  bool secure = false;
  SameSite same_site = SameSite::Lax;
};

// The value of a Set-Cookie field. None where the name is no token, where the value has control
// characters, or where path or domain have those or ';'.
[[nodiscard]] std::optional<std::string> print_set_cookie(const SetCookie& cookie);

}  // namespace chatd::http
