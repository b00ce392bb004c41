#pragma once
// Headers of the PROXY protocol, version 2, as proxies write them.

#include <string>
#include <string_view>

#include <arpa/inet.h>

namespace chatd::test {

inline constexpr std::string_view kProxySignature("\r\n\r\n\0\r\nQUIT\n", 12);

// With any version and command, family and transport, and whatever comes behind.
inline std::string proxy_header(unsigned version_command, unsigned family,
                                std::string_view addresses) {
  std::string header(kProxySignature);
  header += static_cast<char>(version_command);
  header += static_cast<char>(family);
  header += static_cast<char>(addresses.size() >> 8);
  header += static_cast<char>(addresses.size());
  return header.append(addresses);
}

// A TCP connection from `source`, of either family, with `tlvs` behind the addresses.
inline std::string proxy_header_from(const std::string& source, std::string_view tlvs = "") {
  const bool ipv6 = source.find(':') != std::string::npos;
  std::string addresses(ipv6 ? 16 : 4, '\0');
  ::inet_pton(ipv6 ? AF_INET6 : AF_INET, source.c_str(), addresses.data());
  addresses.append(addresses.size(), '\x01');  // the destination
  addresses.append("\x12\x34\x01\xBB");
  return proxy_header(0x21, ipv6 ? 0x21 : 0x11, addresses.append(tlvs));
}

}  // namespace chatd::test
