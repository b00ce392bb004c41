#include "web/router.h"

namespace chatd::web {

namespace {

// RFC 9110, 9.3.7: what OPTIONS * asks, and nothing else can: RequestHandler answers it.
HandlerFactory whole_site(const std::vector<Route>& routes) {
  HandlerFactory site = route<RequestHandler>();
  for (const Route& route : routes) site.methods.add(route.handler.methods);
  return site;
}

}  // namespace

Router::Router(std::vector<Route> routes)
    : routes_(std::move(routes)), whole_site_(whole_site(routes_)) {}

std::optional<Router::Match> Router::find(std::string_view path) const {
  if (path == "*") return Match{whole_site_, {}};
  for (const Route& route : routes_) {
    if (auto arguments = route.pattern.match(path)) {
      return Match{route.handler, std::move(*arguments)};
    }
  }
  return std::nullopt;
}

}  // namespace chatd::web
