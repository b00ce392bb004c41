#include "net/network.h"

#include "base/text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <arpa/inet.h>

namespace chatd::net {

namespace {

constexpr std::array<unsigned char, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr unsigned kMappedBits = 96;
constexpr unsigned kAllBits = 128;

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  const std::string name(text);
  IpAddress address;
  if (::inet_pton(AF_INET6, name.c_str(), address.bytes_.data()) == 1) return address;
  std::copy(kMapped.begin(), kMapped.end(), address.bytes_.begin());
  if (::inet_pton(AF_INET, name.c_str(), address.bytes_.data() + kMapped.size()) == 1) {
    return address;
  }
  return std::nullopt;
}

IpAddress IpAddress::of_ipv4(std::span<const char, 4> bytes) {
  IpAddress address;
  const auto end = std::copy(kMapped.begin(), kMapped.end(), address.bytes_.begin());
  std::copy(bytes.begin(), bytes.end(), end);
  return address;
}

IpAddress IpAddress::of_ipv6(std::span<const char, 16> bytes) {
  IpAddress address;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  return address;
}

bool IpAddress::is_ipv4() const {
  return std::equal(kMapped.begin(), kMapped.end(), bytes_.begin());
}

bool IpAddress::is_loopback() const {
  constexpr unsigned char kLoopback4 = 127;
  if (is_ipv4()) return bytes_[kMapped.size()] == kLoopback4;
  return *this == IpAddress::parse("::1");
}

IpAddress IpAddress::subnet() const {
  IpAddress first = *this;
  if (!is_ipv4()) std::fill(first.bytes_.begin() + first.bytes_.size() / 2, first.bytes_.end(), 0);
  return first;
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_ipv4()) {
    ::inet_ntop(AF_INET, bytes_.data() + kMapped.size(), text.data(), text.size());
  } else {
    ::inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
  }
  return text.data();
}

std::optional<Network> Network::parse(std::string_view text) {
  Network network;
  if (text == "unix") return network;
  const std::size_t slash = text.find('/');
  network.address_ = IpAddress::parse(text.substr(0, slash));
  if (!network.address_) return std::nullopt;
  network.prefix_bits_ = kAllBits;
  if (slash == std::string_view::npos) return network;
  const auto bits = to_number<std::uint8_t>(text.substr(slash + 1));
  // "::ffff:192.0.2.0/120" would count otherwise than "192.0.2.0/24": who writes it is asked anew.
  const bool is_mapped = network.address_->is_ipv4() && text.find(':') != std::string_view::npos;
  const unsigned before = network.address_->is_ipv4() ? kMappedBits : 0;
  if (!bits || is_mapped || *bits > kAllBits - before) return std::nullopt;
  network.prefix_bits_ = before + *bits;
  return network;
}

bool Network::contains(std::string_view address) const {
  if (!address_) return address.empty();
  const auto other = IpAddress::parse(address);
  // "::/0" is every IPv6 address, and no IPv4 one.
  if (!other || other->is_ipv4() != address_->is_ipv4()) return false;
  for (unsigned bit = 0; bit < prefix_bits_; ++bit) {
    const unsigned difference = other->bytes_[bit / 8] ^ address_->bytes_[bit / 8];
    if ((difference >> (7 - bit % 8) & 1U) != 0) return false;
  }
  return true;
}

}  // namespace chatd::net
