#include "web/router.h"

namespace chatd::web {

std::optional<Router::Match> Router::find(std::string_view path) const {
  for (const Route& route : routes_) {
    if (auto arguments = route.pattern.match(path)) {
      return Match{route.handler, std::move(*arguments)};
    }
  }
  return std::nullopt;
}

}  // namespace chatd::web
