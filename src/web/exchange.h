#pragma once
// Exchange: a request, and the response to it as far as it is made. Lives on its connection's
// worker, owned by the handler; a WebSocket frees it once it is open, because an idle one is to
// cost little.

#include "http/cookie.h"
#include "http/request.h"
#include "http/response.h"
#include "http/url.h"
#include "web/method.h"
#include "web/pattern.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chatd::web {

class Exchange {
 public:
  // Parsed when they are first asked for. Those with fields throw HttpError(400) when there are too
  // many.
  const http::FormFields& query_fields();
  // Of a body that is application/x-www-form-urlencoded; else empty.
  const http::FormFields& body_fields();
  const std::vector<http::Cookie>& cookies();

  http::Request request;
  PathArguments path_arguments;
  MethodSet allowed;  // what the route's handler answers
  http::Response response;
  bool finished = false;   // nothing is to be added to the response
  bool kept = false;       // a WebSocket wants it beyond open()
  std::string xsrf_token;  // what the response's forms send back; empty: not asked for yet
  std::string failure;     // what the exception said that made a 500 of it

 private:
  std::optional<http::FormFields> query_fields_;
  std::optional<http::FormFields> body_fields_;
  std::optional<std::vector<http::Cookie>> cookies_;
};

}  // namespace chatd::web
