// The opening handshake: lines of "Name: value" as the request's fields.

#include "base/text.h"
#include "fuzz/fuzzing.h"
#include "ws/handshake.h"

#include <string>

namespace {

using namespace chatd;

// What the HTTP parser lets through, and the fields that a handshake needs unless the input has
// them, so that most inputs come far.
http::Request request_of(const fuzz::Input& input) {
  http::Request request;
  request.method = "GET";
  request.path = request.target = "/";
  for (const std::string_view line : split(input.bytes, '\n')) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trim(line.substr(colon + 1));
    if (!http::is_token(name) || !http::is_field_value(value)) continue;
    request.headers.add(std::string(name), std::string(value));
  }
  if (input.chooses(0)) return request;
  constexpr std::pair<const char*, const char*> kNeeded[] = {
      {"Host", "localhost"},
      {"Upgrade", "websocket"},
      {"Connection", "Upgrade"},
      {"Sec-WebSocket-Version", "13"},
      {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
  for (const auto& [name, value] : kNeeded) {
    if (!request.headers.contains(name)) request.headers.add(name, value);
  }
  return request;
}

bool is_window(int bits) { return bits >= ws::kMinWindowBits && bits <= ws::kMaxWindowBits; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input(data, size);
  const http::Request request = request_of(input);
  ws::UpgradeOptions options;
  if (input.chooses(1)) options.subprotocol = "chat";
  if (input.chooses(2)) {
    const auto takeover = input.chooses(3) ? ws::Takeover::Yes : ws::Takeover::No;
    options.deflate = ws::DeflateOptions{.server_takeover = takeover, .client_takeover = takeover};
  }
  const auto handshake = ws::accept_upgrade(request, options);
  if (!handshake) {
    const auto status = static_cast<unsigned>(handshake.error().status);
    fuzz::require(status == 400 || status == 426, "a refusal of the client's making");
    return 0;
  }
  const std::string& head = handshake->head;
  fuzz::require(head.starts_with("HTTP/1.1 101 "), "the status line");
  fuzz::require(head.find("\r\n\r\n") == head.size() - 4, "one head and nothing behind it");
  fuzz::require(!handshake->deflate || options.deflate, "nothing is agreed on unasked");
  if (handshake->deflate) {
    fuzz::require(is_window(handshake->deflate->server_window_bits), "the server's window");
    // The client's may be 8, which the inflater reads with 9.
    fuzz::require(handshake->deflate->client_window_bits == 8 ||
                      is_window(handshake->deflate->client_window_bits),
                  "the client's window");
  }
  return 0;
}
