#pragma once
// Entrance: how peers come in at a listening socket. A value; what it points to outlives the
// connections.

#include "net/proxied_transport.h"
#include "net/tls.h"

namespace chatd::net {

struct Entrance {
  const TlsContextSlot* tls = nullptr;  // null: plain
  // If not null, only these come in, and each connection begins with a PROXY header.
  const ProxyPeers* proxies = nullptr;
};

}  // namespace chatd::net
