#pragma once
// Route and Router: which handler answers which path. Owned by the Application; constant after
// construction, so any thread may ask.

#include "web/handler_context.h"
#include "web/method.h"
#include "web/pattern.h"
#include "web/request_handler.h"

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace chatd::web {

// Makes the handler of each request, and knows which methods it answers. Any thread may call it.
struct HandlerFactory {
  MethodSet methods;
  std::function<std::unique_ptr<RequestHandler>(HandlerContext&&)> make;
};

// What Handler overrides, and OPTIONS; HEAD too where there is GET.
template <std::derived_from<RequestHandler> Handler>
constexpr MethodSet methods_of() {
  // A method that nobody overrode is still RequestHandler's own.
  constexpr auto kOverrides = []<typename Owner>(void (Owner::*)()) {
    return !std::same_as<Owner, RequestHandler>;
  };
  MethodSet methods{Method::Options};
  if (kOverrides(&Handler::get)) methods.add(Method::Get);
  if (kOverrides(&Handler::get) || kOverrides(&Handler::head)) methods.add(Method::Head);
  if (kOverrides(&Handler::post)) methods.add(Method::Post);
  if (kOverrides(&Handler::put)) methods.add(Method::Put);
  if (kOverrides(&Handler::del)) methods.add(Method::Delete);
  if (kOverrides(&Handler::patch)) methods.add(Method::Patch);
  return methods;
}

// For each request a Handler(HandlerContext&&, arguments…): Tornado's initialize(). The arguments
// are kept as they are and given to every one; std::ref(hub) gives a reference.
template <std::derived_from<RequestHandler> Handler, typename... Arguments>
HandlerFactory route(Arguments&&... arguments) {
  return {.methods = methods_of<Handler>(),
          .make = [... kept = std::decay_t<Arguments>(std::forward<Arguments>(arguments))](
                      HandlerContext&& context) -> std::unique_ptr<RequestHandler> {
            return std::make_unique<Handler>(std::move(context), kept...);
          }};
}

// {"/room/:name", route<RoomHandler>(std::ref(hub))}: a pattern (see Pattern) and who answers.
struct Route {
  Route(std::string_view path_pattern, HandlerFactory handler_factory)
      : pattern(path_pattern), handler(std::move(handler_factory)) {}

  Pattern pattern;
  HandlerFactory handler;
};

class Router {
 public:
  explicit Router(std::vector<Route> routes);

  struct Match {
    const HandlerFactory& handler;
    PathArguments arguments;
  };
  // The first route whose pattern matches. "*" is the site as a whole, whose methods are those of
  // all routes.
  std::optional<Match> find(std::string_view path) const;

 private:
  const std::vector<Route> routes_;
  const HandlerFactory whole_site_;
};

}  // namespace chatd::web
