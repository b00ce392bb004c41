#include "chat/chat_app.h"

#include "chat/chat_socket.h"
#include "chat/metrics_handler.h"
#include "chat/page_handlers.h"

#include <functional>

namespace chatd::chat {

std::vector<web::Route> chat_routes(Hub& hub, Roster& roster, const net::WorkerPool& workers) {
  return {
      {"/", web::route<IndexHandler>(std::ref(roster))},
      {"/login", web::route<LoginHandler>(std::ref(hub), std::ref(roster))},
      {"/logout", web::route<LogoutHandler>(std::ref(hub), std::ref(roster))},
      {"/chat", web::route<ChatSocket>(std::ref(hub), std::ref(roster))},
      {"/healthz", web::route<HealthHandler>()},
      {"/readyz", web::route<HealthHandler>()},
      {"/metrics", web::route<MetricsHandler>(std::ref(hub), std::ref(roster), std::cref(workers))},
  };
}

}  // namespace chatd::chat
