#pragma once
// Request: what a client asked for, as RFC 9112 puts it on the wire, parsed. A value; owned by
// whoever holds it, touched by one thread.

#include "http/headers.h"

#include <string>
#include <string_view>

namespace chatd::http {

struct Request {
  std::string method;     // as sent: "GET", "POST", … (methods are case-sensitive, RFC 9110, 9.1)
  std::string target;     // as sent: "/chat?x=1"
  std::string path;       // percent-decoded: "/chat"; always begins with '/', or is "*"
  std::string query;      // as sent, without the '?'
  int minor_version = 1;  // HTTP/1.x
  Headers headers;
  std::string body;
  bool keep_alive = true;      // what RFC 9112, 9.3 makes of the version and Connection
  bool secure = false;         // came over TLS
  std::string remote_address;  // the peer's: "192.0.2.1"; empty for a Unix socket

  // What Host says, or who stood in its place: "chat.example:8888"; empty for HTTP/1.0 without one.
  std::string_view host() const { return headers.get("Host").value_or(""); }
};

}  // namespace chatd::http
