#pragma once
// RequestSink: where an http::Session takes its requests; implemented by web::Application.
// Called on the worker's thread; the sink is shared by all workers and constant while they run.

#include "http/request.h"
#include "http/response.h"
#include "net/protocol.h"

#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace chatd::http {

// "101 Switching Protocols": the whole head to send, and what speaks from then on.
struct Upgrade {
  std::string head;
  std::unique_ptr<net::Protocol> protocol;
};

using Answer = std::variant<Response, Upgrade>;

class RequestSink {
 public:
  virtual ~RequestSink() = default;

  // A head whose body has not been read yet: an answer here refuses it, the body is not read, and
  // the connection ends. `request.body` is empty. Asked only of requests that announce a body, so a
  // GET pays nothing for it. Most have nothing to say before the body. Must not throw.
  virtual std::optional<Response> on_head(const Request& request) {
    static_cast<void>(request);
    return std::nullopt;
  }

  // A whole request. Must not throw. `connection` is where it came from; it outlives the Upgrade's
  // protocol.
  virtual Answer on_request(Request request, net::Connection& connection) = 0;
};

}  // namespace chatd::http
