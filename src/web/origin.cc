#include "web/origin.h"

#include "base/text.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace chatd::web {

namespace {

enum class Scheme { Http, Https };

struct Authority {
  std::string_view host;  // "chat.example", "192.0.2.1", "[2001:db8::1]"
  std::uint16_t port = 0;
};

constexpr std::uint16_t default_port(Scheme scheme) { return scheme == Scheme::Https ? 443 : 80; }

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == ':' || c == '[' || c == ']' || c == '%';
}

// "chat.example:8888". None for what is no host: names of users, paths, empty.
std::optional<Authority> parse_authority(std::string_view text, Scheme scheme) {
  if (!std::all_of(text.begin(), text.end(), is_host_character)) return std::nullopt;
  Authority authority{text, default_port(scheme)};
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    authority.host = text.substr(0, colon);
    // "host:" is the default port too (RFC 3986, 6.2.3).
    if (const std::string_view digits = text.substr(colon + 1); !digits.empty()) {
      const auto port = to_number<std::uint16_t>(digits);
      if (!port) return std::nullopt;
      authority.port = *port;
    }
  }
  if (authority.host.empty()) return std::nullopt;
  return authority;
}

std::optional<std::string_view> after_prefix(std::string_view text, std::string_view prefix) {
  if (!iequals(text.substr(0, prefix.size()), prefix)) return std::nullopt;
  return text.substr(prefix.size());
}

}  // namespace

bool is_same_origin(std::string_view origin, const http::Request& request) {
  Scheme scheme = Scheme::Https;
  auto rest = after_prefix(origin, "https://");
  if (!rest && !request.secure) {
    scheme = Scheme::Http;
    rest = after_prefix(origin, "http://");
  }
  if (!rest) return false;
  const auto theirs = parse_authority(*rest, scheme);
  const auto ours = parse_authority(request.host(), scheme);
  return theirs && ours && iequals(theirs->host, ours->host) && theirs->port == ours->port;
}

bool is_listed(std::string_view origin, std::span<const std::string> allowed) {
  return std::any_of(allowed.begin(), allowed.end(),
                     [origin](const std::string& other) { return iequals(origin, other); });
}

bool is_cross_site(const http::Request& request, std::span<const std::string> allowed) {
  const auto origin = request.headers.get("Origin");
  if (origin && is_listed(*origin, allowed)) return false;
  if (const auto site = request.headers.get("Sec-Fetch-Site");
      site && *site != "same-origin" && *site != "none") {
    return true;
  }
  return origin && !is_same_origin(*origin, request);
}

}  // namespace chatd::web
