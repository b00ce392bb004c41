#pragma once
// ProxyHeader: what a proxy says first on a connection that it brings, before TLS and HTTP: where
// it comes from. Version 2 of HAProxy's PROXY protocol (proxy-protocol.txt). Loop thread only;
// owned by the ProxiedTransport for as long as the header takes.

#include "net/network.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace chatd::net {

struct OwnAddress {};   // the connection's: the proxy itself asks, or does not know who does
struct UnixAddress {};  // who asks came to the proxy over a Unix socket
using ProxySource = std::variant<OwnAddress, UnixAddress, IpAddress>;

//   0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A   the signature
//   21        version 2; command: 0 LOCAL, 1 PROXY
//   11        family: 0 none, 1 IPv4, 2 IPv6, 3 Unix; transport: 0 none, 1 stream, 2 datagram
//   00 0C     how many bytes follow
//   source, destination, their ports; then anything, in TLVs, which are skipped unread
//
// Reads it in pieces, and never asks for a byte beyond it, as what follows is somebody else's: TLS
// or HTTP. Keeps no more than the addresses.
class ProxyHeader {
 public:
  // Far more than proxies send, also with a client's certificate in it.
  static constexpr std::size_t kMaxBytes = 4096;

  enum class Progress { Partial, Complete, Refused };

  // How many bytes it takes at most; 0 once it is complete or refused.
  std::size_t wanted() const;
  // The next bytes, at most wanted().
  [[nodiscard]] Progress feed(std::string_view bytes);

  // Whether any of it is there.
  bool begun() const { return taken_ > 0; }
  // Once it is complete.
  const ProxySource& source() const { return source_; }
  // Once it is refused: why, for the log.
  std::string_view fault() const { return fault_; }

 private:
  static constexpr std::size_t kFixedBytes = 16;
  static constexpr std::size_t kIpBytes = 36;  // two IPv6 addresses and two ports

  Progress check_signature();
  Progress on_fixed_part();
  void read_source();
  Progress refuse(std::string_view why);
  std::uint8_t byte(std::size_t at) const { return static_cast<std::uint8_t>(kept_[at]); }

  std::array<char, kFixedBytes + kIpBytes> kept_{};  // the front of the header
  std::size_t taken_ = 0;
  std::size_t size_ = kFixedBytes;  // of all of it, as far as is known
  ProxySource source_;
  std::string_view fault_;
};

}  // namespace chatd::net
