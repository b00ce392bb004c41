#pragma once
// Visitor: asks an Application without a socket in sight, as an http::Session would.

#include "http/request.h"
#include "http/response.h"
#include "http/url.h"
#include "net/protocol.h"
#include "support/test_worker.h"
#include "web/application.h"

#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace chatd::web {

// "GET", "/room/red?x=1", {{"Cookie", "…"}}, sent to chat.example.
inline http::Request make_request(std::string method, std::string target,
                                  std::initializer_list<http::Header> headers = {},
                                  std::string body = "") {
  const auto parts = http::parse_target(target);
  if (!parts) throw std::invalid_argument("target " + target);
  http::Request request{.method = std::move(method),
                        .target = target,
                        .path = parts->path,
                        .query = parts->query,
                        .headers = {},
                        .body = std::move(body),
                        .remote_address = "192.0.2.1"};
  request.headers.add("Host", "chat.example");
  for (const auto& [name, value] : headers) request.headers.set(name, value);
  return request;
}

inline http::Request make_form(std::string target, std::string body) {
  return make_request("POST", std::move(target),
                      {{"Content-Type", "application/x-www-form-urlencoded"}}, std::move(body));
}

class Visitor {
 public:
  Visitor() { worker_.connect(std::make_unique<SilentProtocol>()); }

  http::Answer ask(Application& application, http::Request request) {
    return application.on_request(std::move(request), worker_.connection());
  }
  // Where no upgrade is expected.
  http::Response visit(Application& application, http::Request request) {
    return std::get<http::Response>(ask(application, std::move(request)));
  }
  http::Response get(Application& application, std::string target,
                     std::initializer_list<http::Header> headers = {}) {
    return visit(application, make_request("GET", std::move(target), headers));
  }

  test::TestWorker& worker() { return worker_; }

 private:
  class SilentProtocol final : public net::Protocol {
   public:
    void on_attach(net::Connection&) override {}
    std::size_t on_data(std::span<char> bytes) override { return bytes.size(); }
    void on_end() override {}
    void on_shutdown() override {}
    void on_close(net::EndReason) override {}
  };

  test::TestWorker worker_;
};

inline std::string header(const http::Response& response, std::string_view name) {
  return std::string(response.headers.get(name).value_or("(none)"));
}

inline std::string body(const http::Response& response) {
  return std::string(response.body_view());
}

inline unsigned status(const http::Response& response) {
  return static_cast<unsigned>(response.status);
}

}  // namespace chatd::web
