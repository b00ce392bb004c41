#include "net/proxy_header.h"

#include <algorithm>
#include <cassert>
#include <span>

namespace chatd::net {

namespace {

constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

constexpr unsigned kVersion = 2;

// Commands.
constexpr unsigned kLocal = 0;
constexpr unsigned kProxy = 1;
// Families, and how long their addresses are: both with their ports. Unix: two paths.
constexpr unsigned kIpv4 = 1;
constexpr unsigned kIpv6 = 2;
constexpr unsigned kUnix = 3;
constexpr std::array<std::size_t, 4> kAddressBytes = {0, 12, 36, 216};
// Transports.
constexpr unsigned kNone = 0;
constexpr unsigned kDatagram = 2;

}  // namespace

std::size_t ProxyHeader::wanted() const { return fault_.empty() ? size_ - taken_ : 0; }

ProxyHeader::Progress ProxyHeader::feed(std::string_view bytes) {
  assert(bytes.size() <= wanted());
  while (!bytes.empty()) {
    const bool in_fixed_part = taken_ < kFixedBytes;
    const std::size_t end = in_fixed_part ? kFixedBytes : size_;
    const std::string_view piece = bytes.substr(0, end - taken_);
    if (taken_ < kept_.size()) {
      piece.substr(0, kept_.size() - taken_).copy(kept_.data() + taken_, kept_.size() - taken_);
    }
    taken_ += piece.size();
    bytes.remove_prefix(piece.size());
    if (!in_fixed_part) continue;
    if (check_signature() == Progress::Refused) return Progress::Refused;
    if (taken_ == kFixedBytes && on_fixed_part() == Progress::Refused) return Progress::Refused;
  }
  if (taken_ < size_) return Progress::Partial;
  read_source();
  return Progress::Complete;
}

// As far as it is there, so that what is no header is known as such at its first byte.
ProxyHeader::Progress ProxyHeader::check_signature() {
  const std::size_t size = std::min(taken_, kSignature.size());
  if (std::string_view(kept_.data(), size) == kSignature.substr(0, size)) return Progress::Partial;
  return refuse("no PROXY header of version 2");
}

ProxyHeader::Progress ProxyHeader::on_fixed_part() {
  const unsigned command = byte(12) & 15U;
  const unsigned family = byte(13) >> 4U;
  const unsigned kind = byte(13) & 15U;
  const std::size_t length = std::size_t{byte(14)} << 8 | byte(15);
  if (byte(12) >> 4U != kVersion) return refuse("unknown version of the PROXY header");
  if (command > kProxy) return refuse("unknown command in the PROXY header");
  // With LOCAL, the family means nothing.
  if (command == kProxy && (family > kUnix || kind > kDatagram)) {
    return refuse("unknown address family in the PROXY header");
  }
  if (command == kProxy && length < kAddressBytes[family]) {
    return refuse("PROXY header too short for its addresses");
  }
  if (length > kMaxBytes - kFixedBytes) return refuse("PROXY header too long");
  size_ = kFixedBytes + length;
  return Progress::Partial;
}

void ProxyHeader::read_source() {
  const unsigned family = byte(13) >> 4U;
  const unsigned kind = byte(13) & 15U;
  if ((byte(12) & 15U) == kLocal || kind == kNone) return;
  const std::span<const char> address = std::span(kept_).subspan(kFixedBytes);
  if (family == kIpv4) source_ = IpAddress::of_ipv4(address.first<4>());
  if (family == kIpv6) source_ = IpAddress::of_ipv6(address.first<16>());
  if (family == kUnix) source_ = UnixAddress{};
}

ProxyHeader::Progress ProxyHeader::refuse(std::string_view why) {
  fault_ = why;
  return Progress::Refused;
}

}  // namespace chatd::net
