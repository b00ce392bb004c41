#pragma once
// Origins (RFC 6454): does a request come from a page of our own? Browsers say so in Origin and in
// Sec-Fetch-Site, and a page cannot make them lie; other programs say what they like, or nothing.
// Free functions; any thread.

#include "http/request.h"

#include <span>
#include <string>
#include <string_view>

namespace chatd::web {

// Whether `origin` ("https://chat.example:8443") is the host that the request was sent to:
// case-blind, a scheme's default port said or not. Behind a proxy that takes TLS off, an https
// origin is as good as an http one; the other way round, a page that came in the clear is not
// trusted over TLS.
bool is_same_origin(std::string_view origin, const http::Request& request);

// Whether `origin` is one of `allowed`, each written as a browser writes it; case-blind.
bool is_listed(std::string_view origin, std::span<const std::string> allowed);

// Whether another site made a browser send this request, as far as its fields tell.
bool is_cross_site(const http::Request& request, std::span<const std::string> allowed);

}  // namespace chatd::web
