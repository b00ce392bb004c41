#include "ws/handshake.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace chatd::ws {

namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

// 16 bytes as base64. What the last character's unused bits say is not judged: RFC 4648, 3.5 leaves
// that open, and nothing is decoded here.
bool is_key(std::string_view text) {
  const auto is_base64 = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
  };
  return text.size() == 24 && text.ends_with("==") &&
         std::ranges::all_of(text.substr(0, 22), is_base64);
}

// Section 4.1, item 10: tokens, each of them once.
bool are_subprotocols(const std::vector<std::string_view>& names) {
  return std::ranges::all_of(names, http::is_token) &&
         std::set(names.begin(), names.end()).size() == names.size();
}

Refusal bad_request(const char* reason) { return {http::Status::BadRequest, reason}; }

// RFC 9110, 15.5.22: a 426 names what to upgrade to.
Refusal upgrade_required(const char* reason) {
  Refusal refusal{http::Status::UpgradeRequired, reason};
  refusal.headers.add("Upgrade", "websocket");
  refusal.headers.add("Connection", "Upgrade");
  return refusal;
}

// Section 4.2.1, in its order.
std::optional<Refusal> broken_rule(const http::Request& request) {
  const http::Headers& headers = request.headers;
  if (request.method != "GET") {
    Refusal refusal{http::Status::MethodNotAllowed, "a WebSocket begins with GET"};
    refusal.headers.add("Allow", "GET");
    return refusal;
  }
  if (request.minor_version < 1) return bad_request("a WebSocket begins with HTTP/1.1");
  if (headers.get_all("Host").size() != 1) return bad_request("not one Host");
  if (!is_upgrade(request)) return upgrade_required("Upgrade does not name websocket");
  if (!headers.has_token("Connection", "Upgrade")) {
    return bad_request("Connection does not name Upgrade");
  }
  const auto versions = headers.get_all("Sec-WebSocket-Version");
  if (versions.empty()) return bad_request("no Sec-WebSocket-Version");
  if (versions.size() > 1 || trim(versions.front()) != "13") {
    Refusal refusal = upgrade_required("a Sec-WebSocket-Version other than 13");
    refusal.headers.add("Sec-WebSocket-Version", "13");  // section 4.2.2, item 4
    return refusal;
  }
  const auto keys = headers.get_all("Sec-WebSocket-Key");
  if (keys.size() != 1) return bad_request("not one Sec-WebSocket-Key");
  if (!is_key(trim(keys.front()))) return bad_request("a Sec-WebSocket-Key that is not 16 bytes");
  if (!are_subprotocols(offered_subprotocols(request))) {
    return bad_request("a Sec-WebSocket-Protocol that is not a list of different tokens");
  }
  return std::nullopt;
}

std::string accept_of(std::string_view key) {
  return base64_encode(sha1(std::string(key) + std::string(kGuid)));
}

void print(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

bool belongs_to_handshake(std::string_view name) {
  constexpr std::array<std::string_view, 4> kNames{"Upgrade", "Connection", "Content-Length",
                                                   "Transfer-Encoding"};
  return to_lower(name).starts_with("sec-websocket-") ||
         std::ranges::any_of(kNames, [&](std::string_view own) { return iequals(name, own); });
}

std::optional<DeflateAgreement> agree_on_deflate(const http::Request& request,
                                                 const UpgradeOptions& options) {
  if (!options.deflate) return std::nullopt;
  return negotiate_deflate(request.headers.list("Sec-WebSocket-Extensions"), *options.deflate);
}

}  // namespace

bool is_upgrade(const http::Request& request) {
  return request.method == "GET" && request.headers.has_token("Upgrade", "websocket");
}

std::vector<std::string_view> offered_subprotocols(const http::Request& request) {
  return request.headers.list("Sec-WebSocket-Protocol");
}

Result<Handshake, Refusal> accept_upgrade(const http::Request& request,
                                          const UpgradeOptions& options) {
  if (auto refusal = broken_rule(request)) return Failure{std::move(*refusal)};

  Handshake handshake{.head = "HTTP/1.1 101 Switching Protocols\r\n"};
  std::string& head = handshake.head;
  print(head, "Upgrade", "websocket");
  print(head, "Connection", "Upgrade");
  print(head, "Sec-WebSocket-Accept", accept_of(trim(*request.headers.get("Sec-WebSocket-Key"))));
  const auto offered = offered_subprotocols(request);
  if (std::ranges::find(offered, options.subprotocol) != offered.end()) {
    handshake.subprotocol = options.subprotocol;
    print(head, "Sec-WebSocket-Protocol", options.subprotocol);
  }
  if (const auto agreement = agree_on_deflate(request, options)) {
    handshake.deflate = agreement->params;
    print(head, "Sec-WebSocket-Extensions", agreement->answer);
  }
  for (const auto& [name, value] : options.headers) {
    const bool is_field = http::is_token(name) && http::is_field_value(value);
    if (is_field && !belongs_to_handshake(name)) print(head, name, value);
  }
  head += "\r\n";
  return handshake;
}

}  // namespace chatd::ws
