#pragma once
// MetricsHandler: GET /metrics, how the server is doing, in Prometheus's text format 0.0.4.
// Worker's thread; one for each request.

#include "chat/hub.h"
#include "chat/roster.h"
#include "net/worker.h"
#include "web/request_handler.h"

namespace chatd::chat {

// For this machine alone, as the figures are nobody else's business: elsewhere, and for what a
// proxy passes on, the answer is 403.
class MetricsHandler final : public web::RequestHandler {
 public:
  MetricsHandler(web::HandlerContext&& context, const Hub& hub, const Roster& roster,
                 const net::WorkerPool& workers);
  void get() override;

 private:
  const Hub& hub_;
  const Roster& roster_;
  const net::WorkerPool& workers_;
};

}  // namespace chatd::chat
