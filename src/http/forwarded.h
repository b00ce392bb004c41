#pragma once
// What proxies before us tell of a request: X-Forwarded-For, -Proto and -Host, or Forwarded
// (RFC 7239). Anybody can send these, so they are believed only from networks that we trust.
// Any thread.

#include "http/request.h"
#include "net/network.h"

#include <span>

namespace chatd::http {

// Makes the request what it was at the outermost trusted proxy: the client's address is the
// right-most one that is not trusted, `secure` and Host are what the proxy that saw it says, if it
// says so and that can be. Nothing changes when the peer itself is not trusted; nor when both kinds
// of fields are there, as one of them is then from a client whose proxy knows only the other.
void believe_proxies(Request& request, std::span<const net::Network> trusted);

}  // namespace chatd::http
