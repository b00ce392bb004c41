#include "flag_values.h"

#include "base/text.h"
#include "net/network.h"

#include <charconv>
#include <cstddef>
#include <cstdint>

namespace chatd {

std::optional<web::ListenAddress> parse_listen(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = to_number<std::uint16_t>(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  const bool in_brackets = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  if (in_brackets) host = host.substr(1, host.size() - 2);
  // An address of IPv6 without brackets might end in a port or not.
  if (!port || (!in_brackets && host.find_first_of(":[]") != std::string_view::npos)) {
    return std::nullopt;
  }
  return web::ListenAddress{std::string(host), *port};
}

std::optional<mode_t> parse_mode(std::string_view text) {
  constexpr mode_t kAll = 0777;
  constexpr int kOctal = 8;
  mode_t mode = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, mode, kOctal);
  if (parsed.ec != std::errc{} || parsed.ptr != end || mode > kAll) return std::nullopt;
  return mode;
}

std::string fault_of_listen(const std::string& text) {
  return parse_listen(text) ? ""
                            : "where to listen is like 127.0.0.1:8888 or [::1]:8888, not " + text;
}

std::string fault_of_mode(const std::string& text) {
  return parse_mode(text) ? "" : "permissions are octal, like 0660, not " + text;
}

std::string fault_of_network(const std::string& network) {
  if (net::Network::parse(network)) return "";
  return "a network is like 10.0.0.0/8, 2001:db8::1 or unix, not " + network;
}

std::string fault_of_origin(const std::string& origin) {
  const auto host = origin.find("://") + 3;
  const bool good = (origin.starts_with("https://") || origin.starts_with("http://")) &&
                    host < origin.size() && origin.find_first_of("/?# ", host) == std::string::npos;
  return good ? "" : "an origin is like https://chat.example:8443, not " + origin;
}

}  // namespace chatd
