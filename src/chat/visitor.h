#pragma once
// Who counts as one visitor where names are handed out. A free function; any thread.

#include <string>
#include <string_view>

namespace chatd::chat {

// By the address that a request came from: the address itself, of IPv6 the /64 that one customer
// has. Empty for this very machine, which is not counted: there are as many people behind a proxy
// on it that names nobody as there are behind it.
std::string visitor_of(std::string_view remote_address);

}  // namespace chatd::chat
