#include "chat/visitor.h"

#include "net/network.h"

namespace chatd::chat {

std::string visitor_of(std::string_view remote_address) {
  const auto address = net::IpAddress::parse(remote_address);
  if (!address || address->is_loopback()) return "";
  return address->subnet().to_string();
}

}  // namespace chatd::chat
