#pragma once
// Response: what goes back. A value; the Session adds what every response has (Date,
// Content-Length, Connection) when it prints it.

#include "base/shared_buffer.h"
#include "http/file_slice.h"
#include "http/headers.h"
#include "http/status.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace chatd::http {

struct Response {
  Status status = Status::Ok;
  Headers headers = {};
  // Bytes of its own, bytes that many responses share (a static file), or a file too large to hold.
  std::variant<std::string, SharedBuffer, FileSlice> body = {};
  // For a response to HEAD or 304 the head says how long the body would be, and none is sent: the
  // Session sees to it. A handler that has no body at hand may then say Content-Length itself.

  std::uint64_t body_size() const;
  // Empty for a FileSlice.
  std::string_view body_view() const;
};

// A plain-text answer: "404 Not Found\n", with Content-Type.
Response plain_response(Status status);

// To whom and how a response goes.
struct Delivery {
  std::string_view method = "GET";  // of the request
  int minor_version = 1;            // of the request
  bool keep_alive = true;           // the connection stays open behind the response
  std::chrono::system_clock::time_point now = {};
};

// Whether the body follows the head on the wire; not for HEAD, 1xx, 204 and 304 (RFC 9112, 6.3).
bool sends_body(const Response& response, std::string_view method);

// The status line and the fields, with the empty line. Of the response's own fields, Date,
// Content-Length and Transfer-Encoding give way to ours, and so do "close" and "keep-alive" in
// Connection. A field whose name is no token or whose value fails is_field_value() is left out
// whole, with a warning in the log: half of a field might say something else than was meant.
std::string print_head(const Response& response, const Delivery& delivery);

}  // namespace chatd::http
