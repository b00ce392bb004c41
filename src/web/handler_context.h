#pragma once
// HandlerContext: what a handler is born with. Made by the Application for each request, passed
// through a handler's constructor to RequestHandler's; nobody else looks inside.

#include "net/connection.h"
#include "web/exchange.h"
#include "web/site.h"

#include <memory>

namespace chatd::web {

struct HandlerContext {
  const Site& site;             // outlives the handler
  net::Connection& connection;  // outlives the handler
  std::unique_ptr<Exchange> exchange;
};

}  // namespace chatd::web
