#pragma once
// The rules of RFC 9112 for the head of a request that llhttp leaves to its user, or keeps only
// loosely: the request line, Host, Expect, and how long the body is. Any thread.

#include "base/result.h"
#include "http/limits.h"
#include "http/refusal.h"
#include "http/request.h"

#include <cstddef>
#include <string_view>

namespace chatd::http {

// Reads "GET /chat?x=1 HTTP/1.1" (without its CR LF) into the request's method, target, path, query
// and version; an absolute-form's authority becomes the Host field.
[[nodiscard]] Result<void, Refusal> read_request_line(std::string_view line, const Limits& limits,
                                                      Request& request);

// Whether it may stand in Host (RFC 3986, 3.2.2 and 3.2.3), without asking whether such a host can
// be.
bool is_host(std::string_view host);

// What follows a head.
struct Announced {
  bool body = false;              // one byte or more, or chunks
  bool expects_continue = false;  // and waits for our "100 Continue" (RFC 9110, 10.1.1)
};

// Judges the fields of a head whose request line has been read, and settles request.keep_alive.
[[nodiscard]] Result<Announced, Refusal> judge_fields(const Limits& limits, Request& request);

}  // namespace chatd::http
