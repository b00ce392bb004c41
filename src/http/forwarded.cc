#include "http/forwarded.h"

#include "base/text.h"
#include "http/head_rules.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chatd::http {

namespace {

// What one proxy said of who came to it.
struct Hop {
  std::string_view address = {};  // "192.0.2.1:4711", "[2001:db8::1]", "unknown", "_hidden"
  std::string_view scheme = {};
  std::string_view host = {};
};

bool is_trusted(std::string_view address, std::span<const net::Network> trusted) {
  return std::any_of(trusted.begin(), trusted.end(),
                     [=](const net::Network& network) { return network.contains(address); });
}

bool is_port(std::string_view text) { return to_number<std::uint16_t>(text).has_value(); }

// Without its port. None for who is not named.
std::optional<std::string> address_in(std::string_view node) {
  if (node.starts_with('[')) {
    const std::size_t end = node.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view rest = node.substr(end + 1);
    if (!rest.empty() && !(rest[0] == ':' && is_port(rest.substr(1)))) return std::nullopt;
    node = node.substr(1, end - 1);
  } else if (const std::size_t colon = node.find(':');
             colon != std::string_view::npos && colon == node.rfind(':')) {
    if (!is_port(node.substr(colon + 1))) return std::nullopt;
    node = node.substr(0, colon);
  }
  const auto address = net::IpAddress::parse(node);
  if (!address) return std::nullopt;
  return address->to_string();
}

// In quotes there is nothing here that would have to be escaped.
std::string_view unquoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return text;
  return text.substr(1, text.size() - 2);
}

// `for=192.0.2.1;proto=https;host="chat.example:8443"`. A node or host has no semicolon.
Hop parse_element(std::string_view element) {
  Hop hop;
  for (const std::string_view pair : split(element, ';')) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = trim(pair.substr(0, equals));
    const std::string_view value = unquoted(trim(pair.substr(equals + 1)));
    if (iequals(name, "for")) hop.address = value;
    if (iequals(name, "proto")) hop.scheme = value;
    if (iequals(name, "host")) hop.host = value;
  }
  return hop;
}

// The member that came with the `back`th address from the right. A proxy may say it once for all,
// or only the outermost one says it.
std::string_view member_of(const std::vector<std::string_view>& members, std::size_t back) {
  if (members.empty()) return {};
  return members[members.size() > back ? members.size() - 1 - back : 0];
}

// From the nearest proxy to the farthest.
std::vector<Hop> hops_of(const Headers& headers) {
  std::vector<Hop> hops;
  for (const std::string_view element : headers.list("Forwarded")) {
    hops.push_back(parse_element(element));
  }
  std::reverse(hops.begin(), hops.end());
  if (!hops.empty()) return hops;
  const auto addresses = headers.list("X-Forwarded-For");
  const auto schemes = headers.list("X-Forwarded-Proto");
  const auto hosts = headers.list("X-Forwarded-Host");
  for (std::size_t back = 0; back < std::max<std::size_t>(addresses.size(), 1); ++back) {
    hops.push_back({.address = addresses.empty() ? std::string_view() : member_of(addresses, back),
                    .scheme = member_of(schemes, back),
                    .host = member_of(hosts, back)});
  }
  return hops;
}

}  // namespace

void believe_proxies(Request& request, std::span<const net::Network> trusted) {
  if (!is_trusted(request.remote_address, trusted)) return;
  const Headers& headers = request.headers;
  const bool has_old = headers.contains("X-Forwarded-For") ||
                       headers.contains("X-Forwarded-Proto") ||
                       headers.contains("X-Forwarded-Host");
  if (has_old && headers.contains("Forwarded")) return;

  Hop outermost;
  for (const Hop& hop : hops_of(headers)) {
    outermost = hop;
    auto address = address_in(hop.address);
    if (!address) break;  // who came to this proxy is not told: what is left of it may be made up
    request.remote_address = std::move(*address);
    if (!is_trusted(request.remote_address, trusted)) break;
  }
  if (iequals(outermost.scheme, "https")) request.secure = true;
  if (iequals(outermost.scheme, "http")) request.secure = false;
  if (!outermost.host.empty() && is_host(outermost.host)) {
    request.headers.set("Host", std::string(outermost.host));
  }
}

}  // namespace chatd::http
