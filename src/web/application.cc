#include "web/application.h"

#include "base/log.h"
#include "base/text.h"
#include "http/forwarded.h"
#include "web/origin.h"
#include "web/static_file_handler.h"
#include "web/websocket_handler.h"
#include "ws/handshake.h"

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <utility>

namespace chatd::web {

namespace {

std::unique_ptr<const StaticFolder> open_folder(const std::filesystem::path& path) {
  if (path.empty()) return nullptr;
  return std::make_unique<const StaticFolder>(path);
}

std::vector<Route> with_static(std::vector<Route> routes, const StaticFolder* folder) {
  if (folder != nullptr) {
    routes.insert(routes.begin(), Route("/static/*", route<StaticFileHandler>(std::cref(*folder))));
  }
  return routes;
}

// What a handler threw, as the status that answers it.
struct Mishap {
  http::Status status = http::Status::InternalServerError;
  std::string failure;  // what the exception said, if that is ours to mend
};

// The one place where what a handler throws is caught.
template <typename Call>
std::optional<Mishap> mishap_in(const char* step, Call call) {
  Mishap mishap;
  try {
    call();
    return std::nullopt;
  } catch (const HttpError& error) {
    if (!error.why().empty()) {
      log_warn("refuse status=%u why=%s", static_cast<unsigned>(error.status()),
               chatd::quoted(error.why()).c_str());
    }
    return Mishap{error.status(), ""};
  } catch (const std::exception& error) {
    mishap.failure = error.what();
  } catch (...) {
    mishap.failure = "no std::exception";
  }
  log_error("handler step=%s what=%s", step, chatd::quoted(mishap.failure).c_str());
  return mishap;
}

void call_method(RequestHandler& handler, Method method) {
  switch (method) {
    case Method::Get: return handler.get();
    case Method::Head: return handler.head();
    case Method::Post: return handler.post();
    case Method::Put: return handler.put();
    case Method::Delete: return handler.del();
    case Method::Patch: return handler.patch();
    case Method::Options: return handler.options();
  }
}

http::Status status_of(const http::Answer& answer) {
  const auto* response = std::get_if<http::Response>(&answer);
  return response == nullptr ? http::Status::SwitchingProtocols : response->status;
}

std::uint64_t bytes_of(const http::Answer& answer, std::string_view method) {
  const auto* response = std::get_if<http::Response>(&answer);
  if (response == nullptr || !http::sends_body(*response, method)) return 0;
  return response->body_size();
}

// The line that the log has for each request. The query stays out of it: forms put secrets there.
void log_access(std::string_view method, std::string_view path, const http::Answer& answer,
                std::chrono::steady_clock::duration time) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  const auto known = parse_method(method);
  log_info("request method=%s path=%s status=%u bytes=%llu us=%lld",
           known ? std::string(name_of(*known)).c_str() : quoted(method, 16).c_str(),
           quoted(path).c_str(), static_cast<unsigned>(status_of(answer)),
           static_cast<unsigned long long>(bytes_of(answer, method)), static_cast<long long>(us));
}

}  // namespace

Application::Application(std::vector<Route> routes, Settings settings)
    : site_(std::move(settings)),
      static_folder_(open_folder(site_.settings.static_path)),
      router_(with_static(std::move(routes), static_folder_.get())) {}

std::optional<http::Response> Application::on_head(const http::Request& request) {
  // A copy is made only where proxies may say something else than what came.
  if (settings().trusted_proxies.empty()) return refuse_head(request);
  http::Request believed = request;
  http::believe_proxies(believed, settings().trusted_proxies);
  return refuse_head(believed);
}

std::optional<http::Response> Application::refuse_head(const http::Request& request) const {
  const Match match = router_.find(request.path);
  const auto status = refusal_of(request, match);
  if (!status) return std::nullopt;
  http::Response response = http::plain_response(*status);
  if (status == http::Status::MethodNotAllowed) {
    response.headers.set("Allow", match->handler.methods.to_string());
  }
  http::Answer answer = complete(std::move(response));
  log_access(request.method, request.path, answer, {});
  return std::get<http::Response>(std::move(answer));
}

http::Answer Application::on_request(http::Request request, net::Connection& connection) {
  http::believe_proxies(request, settings().trusted_proxies);
  const TimeSource& time = connection.loop().time();
  const auto start = time.steady();
  const std::string method = request.method;
  const std::string path = request.path;
  http::Answer given = answer(std::move(request), connection);
  log_access(method, path, given, time.steady() - start);
  return given;
}

http::Answer Application::answer(http::Request request, net::Connection& connection) const {
  Match match = router_.find(request.path);
  auto owned = std::make_unique<Exchange>();
  Exchange& exchange = *owned;  // the handler's, and so here until that becomes a WebSocket
  exchange.request = std::move(request);
  if (match) {
    exchange.path_arguments = std::move(match->arguments);
    exchange.allowed = match->handler.methods;
  }

  std::unique_ptr<RequestHandler> handler;
  const auto stillborn = mishap_in("constructor", [&] {
    handler = make_handler(match, HandlerContext{site_, connection, std::move(owned)});
  });
  if (stillborn) return complete(http::plain_response(stillborn->status));

  std::optional<http::Upgrade> upgraded;
  const auto mishap = mishap_in("method", [&] {
    if (const auto refusal = refusal_of(exchange.request, match)) throw HttpError(*refusal);
    upgraded = run(handler, exchange);
  });
  if (upgraded) return std::move(*upgraded);
  if (mishap) {
    // Out of memory half-way into the upgrade: all is gone.
    if (!handler) return complete(http::plain_response(mishap->status));
    exchange.failure = mishap->failure;
    const auto worse = mishap_in("write_error", [&] { handler->send_error(mishap->status); });
    if (worse) exchange.response = http::plain_response(mishap->status);
  }
  static_cast<void>(mishap_in("on_finish", [&] { handler->on_finish(); }));
  return complete(std::move(exchange.response));
}

std::unique_ptr<RequestHandler> Application::make_handler(const Match& match,
                                                          HandlerContext context) const {
  if (match) return match->handler.make(std::move(context));
  return std::make_unique<RequestHandler>(std::move(context));
}

// Why a request is answered without its handler's being asked, if so.
std::optional<http::Status> Application::refusal_of(const http::Request& request,
                                                    const Match& match) const {
  const auto method = parse_method(request.method);
  if (!method) return http::Status::NotImplemented;
  if (!match) return http::Status::NotFound;
  if (!match->handler.methods.contains(*method)) return http::Status::MethodNotAllowed;
  if (changes_state(*method) && site_.settings.refuse_cross_site &&
      is_cross_site(request, site_.settings.allowed_origins)) {
    return http::Status::Forbidden;
  }
  return std::nullopt;
}

// What the handler has to say, in its response; or the upgrade that it has become part of.
std::optional<http::Upgrade> Application::run(std::unique_ptr<RequestHandler>& handler,
                                              Exchange& exchange) const {
  const Method method = *parse_method(exchange.request.method);
  if (settings().xsrf_cookies && changes_state(method)) handler->check_xsrf_cookie();
  handler->prepare();
  if (exchange.finished) return std::nullopt;
  auto* const socket = dynamic_cast<WebSocketHandler*>(handler.get());
  if (socket != nullptr && ws::is_upgrade(exchange.request)) {
    return upgrade(handler, *socket, exchange);
  }
  call_method(*handler, method);
  return std::nullopt;
}

std::optional<http::Upgrade> Application::upgrade(std::unique_ptr<RequestHandler>& handler,
                                                  WebSocketHandler& socket,
                                                  Exchange& exchange) const {
  const auto origin = exchange.request.headers.get("Origin");
  if (origin && !socket.check_origin(*origin)) {
    throw HttpError(http::Status::Forbidden, "cross-origin websocket");
  }

  const auto offered = ws::offered_subprotocols(exchange.request);
  const auto subprotocol = socket.select_subprotocol(offered).value_or("");
  auto handshake =
      ws::accept_upgrade(exchange.request, {.subprotocol = subprotocol,
                                            .deflate = socket.get_compression_options(),
                                            .headers = exchange.response.headers});
  if (!handshake) {
    const ws::Refusal& refusal = handshake.error();
    socket.set_status(refusal.status);
    for (const auto& [name, value] : refusal.headers) socket.set_header(name, value);
    socket.set_header("Content-Type", "text/plain; charset=UTF-8");
    socket.finish(refusal.reason);
    return std::nullopt;
  }

  net::TimerWheel& timers = socket.connection().loop().timers();
  static_cast<void>(handler.release());  // to the sink, which knows it by its other name
  auto sink = make_message_sink(std::unique_ptr<WebSocketHandler>(&socket));
  return http::Upgrade{.head = std::move(handshake->head),
                       .protocol = std::make_unique<ws::Session>(
                           std::move(sink), timers, settings().websocket, handshake->deflate)};
}

// With what goes without saying.
http::Response Application::complete(http::Response response) const {
  http::Headers& headers = response.headers;
  const auto add = [&headers](std::string_view name, const std::string& value) {
    if (!value.empty() && !headers.contains(name)) headers.set(name, value);
  };
  if (response.body_size() > 0) add("Content-Type", "text/html; charset=UTF-8");
  add("X-Content-Type-Options", "nosniff");
  const std::string type = to_lower(headers.get("Content-Type").value_or(""));
  // An SVG image that is opened on its own is a page too, and may carry scripts.
  if (type.starts_with("text/html") || type.starts_with("image/svg")) {
    add("Content-Security-Policy", settings().content_security_policy);
    add("Referrer-Policy", "same-origin");
  }
  return response;
}

}  // namespace chatd::web
