#pragma once
// The opening handshake of RFC 6455, section 4.2: a request that asks for a WebSocket, judged and
// answered. Free functions; any thread.

#include "base/result.h"
#include "http/headers.h"
#include "http/request.h"
#include "http/status.h"
#include "ws/deflate_params.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chatd::ws {

// Whether the request asks to become a WebSocket, rightly or not: what accept_upgrade() is for.
// With a method other than GET the field is passed over, as RFC 9110, 7.8 allows.
bool is_upgrade(const http::Request& request);

// What the client would speak, in its order of preference.
std::vector<std::string_view> offered_subprotocols(const http::Request& request);

struct UpgradeOptions {
  // The subprotocol to speak; one that was not offered is left out, and so is an empty one.
  std::string_view subprotocol{};
  // None: messages are never deflated.
  std::optional<DeflateOptions> deflate{};
  // More fields for the answer, cookies for instance. Those that belong to the handshake, and those
  // that would not be fields, are left out.
  http::Headers headers{};
};

struct Handshake {
  std::string head;  // "HTTP/1.1 101 …", to the empty line
  std::string subprotocol{};
  std::optional<DeflateParams> deflate{};  // what the Session has to know of it
};

// How to answer a request that cannot become a WebSocket.
struct Refusal {
  http::Status status = http::Status::BadRequest;
  const char* reason = "";
  http::Headers headers{};  // that the answer must have
};

Result<Handshake, Refusal> accept_upgrade(const http::Request& request,
                                          const UpgradeOptions& options = {});

}  // namespace chatd::ws
