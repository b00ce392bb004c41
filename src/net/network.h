#pragma once
// IP addresses and networks of them, as text says them. Values; any thread.

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace chatd::net {

// An IPv4-mapped IPv6 address is the IPv4 address that it stands for.
class IpAddress {
 public:
  // "192.0.2.1", "2001:db8::1"; none for all else: brackets, ports, zones, leading zeros.
  static std::optional<IpAddress> parse(std::string_view text);

  // As they stand on the wire.
  static IpAddress of_ipv4(std::span<const char, 4> bytes);
  static IpAddress of_ipv6(std::span<const char, 16> bytes);

  std::string to_string() const;
  bool is_ipv4() const;
  bool is_loopback() const;  // 127.0.0.0/8 or ::1
  // The first address of the /64 that an IPv6 address is in; an IPv4 one itself.
  IpAddress subnet() const;

  bool operator==(const IpAddress&) const = default;

 private:
  friend class Network;

  std::array<unsigned char, 16> bytes_{};  // IPv4: mapped
};

// "192.0.2.0/24", "2001:db8::/32", one address, or "unix": whoever comes over a Unix socket.
class Network {
 public:
  static std::optional<Network> parse(std::string_view text);

  // Of an address as Connection::peer_address() writes it: empty for a Unix socket.
  bool contains(std::string_view address) const;

 private:
  std::optional<IpAddress> address_;  // none: unix
  unsigned prefix_bits_ = 0;          // of the 128
};

}  // namespace chatd::net
