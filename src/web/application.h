#pragma once
// Application: a table of routes and what its handlers share; where a site is put together.
// Built before any worker starts and constant after: all workers bring it their requests.

#include "http/request_sink.h"
#include "web/router.h"
#include "web/site.h"
#include "web/static_folder.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace chatd::web {

class WebSocketHandler;

//   Application app({{"/", route<IndexHandler>()}, {"/chat", route<ChatSocket>(std::ref(hub))}},
//                   Settings{.cookie_secret = secret, .template_path = "templates"});
//
// For each request it makes the handler of the first route that matches, runs prepare() and the
// method, and sends what that wrote. It is the one place where what a handler throws is caught.
// With a static_path, "/static/*" is a route before all others.
class Application final : public http::RequestSink {
 public:
  // Throws std::runtime_error when the folders cannot be read or a template cannot be parsed.
  explicit Application(std::vector<Route> routes, Settings settings = {});

  std::optional<http::Response> on_head(const http::Request& request) override;
  http::Answer on_request(http::Request request, net::Connection& connection) override;

  const Settings& settings() const { return site_.settings; }

 private:
  using Match = std::optional<Router::Match>;

  std::optional<http::Response> refuse_head(const http::Request& request) const;
  http::Answer answer(http::Request request, net::Connection& connection) const;
  std::unique_ptr<RequestHandler> make_handler(const Match& match, HandlerContext context) const;
  std::optional<http::Status> refusal_of(const http::Request& request, const Match& match) const;
  std::optional<http::Upgrade> run(std::unique_ptr<RequestHandler>& handler,
                                   Exchange& exchange) const;
  std::optional<http::Upgrade> upgrade(std::unique_ptr<RequestHandler>& handler,
                                       WebSocketHandler& socket, Exchange& exchange) const;
  http::Response complete(http::Response response) const;

  const Site site_;
  const std::unique_ptr<const StaticFolder> static_folder_;  // null without a static_path
  const Router router_;
};

}  // namespace chatd::web
