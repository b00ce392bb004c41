#pragma once
// What both ends agree on before they deflate messages: RFC 7692, section 7.1. Values; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chatd::ws {

// Whether a message may refer to those before it. No costs some compression, and saves the memory
// of a window for each connection and direction.
enum class Takeover : std::uint8_t { No, Yes };

// RFC 7692, 7.1.2: windows of 2^9 to 2^15 bytes. It allows 2^8 too, but zlib cannot deflate with
// that.
constexpr int kMinWindowBits = 9;
constexpr int kMaxWindowBits = 15;

// What the server is willing to do.
struct DeflateOptions {
  Takeover server_takeover = Takeover::No;
  Takeover client_takeover = Takeover::No;
  int server_window_bits = kMaxWindowBits;
  int client_window_bits = kMaxWindowBits;
};

// What holds on one connection.
struct DeflateParams {
  Takeover server_takeover = Takeover::No;
  Takeover client_takeover = Takeover::No;
  int server_window_bits = kMaxWindowBits;  // with which we deflate, at most
  int client_window_bits = kMaxWindowBits;  // with which the client does

  // A message that was deflated once for all of these may be sent to each of them: it refers to
  // nothing before it, and none asked for a smaller window.
  bool takes_shared_frames() const {
    return server_takeover == Takeover::No && server_window_bits == kMaxWindowBits;
  }

  bool operator==(const DeflateParams&) const = default;
};

struct DeflateAgreement {
  DeflateParams params;
  std::string answer;  // for Sec-WebSocket-Extensions
};

// The first of the offers (the members of Sec-WebSocket-Extensions) that can be accepted. An offer
// with a parameter that is unknown, doubled or badly valued is declined, as RFC 7692, 7.1 wants it.
// None means: no deflate, which is no reason to refuse the connection.
std::optional<DeflateAgreement> negotiate_deflate(const std::vector<std::string_view>& offers,
                                                  const DeflateOptions& options);

}  // namespace chatd::ws
