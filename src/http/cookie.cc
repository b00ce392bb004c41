#include "http/cookie.h"

#include "base/text.h"
#include "http/date.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace chatd::http {

namespace {

bool is_octal(char c) { return c >= '0' && c <= '7'; }

// The byte that `\ooo` stands for, at the front of `text`.
std::optional<char> octal_escape(std::string_view text) {
  if (text.size() < 4 || text[0] != '\\') return std::nullopt;
  if (text[1] > '3' || !is_octal(text[1]) || !is_octal(text[2]) || !is_octal(text[3])) {
    return std::nullopt;
  }
  return static_cast<char>((text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0'));
}

std::string unquote(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
  text = text.substr(1, text.size() - 2);
  std::string value;
  value.reserve(text.size());
  while (!text.empty()) {
    if (const auto byte = octal_escape(text)) {
      value += *byte;
      text.remove_prefix(4);
    } else if (text[0] == '\\' && text.size() > 1) {
      value += text[1];
      text.remove_prefix(2);
    } else {
      value += text[0];
      text.remove_prefix(1);
    }
  }
  return value;
}

// What http.cookies leaves bare, and what it leaves as it is within quotes.
bool is_bare(char c) { return c == ':' || is_token(std::string_view(&c, 1)); }
bool is_plain_in_quotes(char c) {
  constexpr std::string_view kPlain = " ()/<=>?@[]{}";
  return is_bare(c) || kPlain.find(c) != std::string_view::npos;
}

std::string quote(std::string_view value) {
  const bool bare = !value.empty() && std::all_of(value.begin(), value.end(), is_bare);
  if (bare) return std::string(value);
  std::string text = "\"";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_plain_in_quotes(c)) {
      text += c;
    } else if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else {
      text += '\\';
      text += static_cast<char>('0' + (byte >> 6));
      text += static_cast<char>('0' + (byte >> 3 & 7));
      text += static_cast<char>('0' + (byte & 7));
    }
  }
  return text + '"';
}

bool has_control(std::string_view text) {
  return !is_field_value(text) || text.find('\t') != std::string_view::npos;
}

bool is_attribute(std::string_view text) {
  return !has_control(text) && text.find(';') == std::string_view::npos;
}

std::string_view name_of(SameSite same_site) {
  switch (same_site) {
    case SameSite::Lax: return "Lax";
    case SameSite::Strict: return "Strict";
    case SameSite::None: return "None";
    case SameSite::Unsaid: break;
  }
  return "";
}

}  // namespace

std::vector<Cookie> parse_cookies(const Headers& headers) {
  std::vector<Cookie> cookies;
  for (const std::string_view line : headers.get_all("Cookie")) {
    auto more = parse_cookie_line(line);
    std::move(more.begin(), more.end(), std::back_inserter(cookies));
  }
  return cookies;
}

std::vector<Cookie> parse_cookie_line(std::string_view line) {
  std::vector<Cookie> cookies;
  for (const std::string_view piece : split(line, ';')) {
    const auto equals = piece.find('=');
    const bool named = equals != std::string_view::npos;
    const std::string_view name = named ? trim(piece.substr(0, equals)) : std::string_view();
    const std::string_view value = trim(named ? piece.substr(equals + 1) : piece);
    if (!name.empty() || !value.empty()) cookies.push_back({std::string(name), unquote(value)});
  }
  return cookies;
}

std::optional<std::string> print_set_cookie(const SetCookie& cookie) {
  if (!is_token(cookie.name) || has_control(cookie.value)) return std::nullopt;
  if (!is_attribute(cookie.path) || !is_attribute(cookie.domain)) return std::nullopt;
  std::string text = cookie.name + "=" + quote(cookie.value);
  const auto add = [&text](std::string_view attribute, std::string_view value) {
    if (!value.empty()) text.append("; ").append(attribute).append("=").append(value);
  };
  add("Path", cookie.path);
  add("Domain", cookie.domain);
  if (cookie.expires) add("Expires", http_date(*cookie.expires));
  if (cookie.max_age) add("Max-Age", std::to_string(cookie.max_age->count()));
  if (cookie.http_only) text += "; HttpOnly";
  if (cookie.secure) text += "; Secure";
  add("SameSite", name_of(cookie.same_site));
  return text;
}

}  // namespace chatd::http
