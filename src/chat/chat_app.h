#pragma once
// The table of routes: what chatd answers, and where.

#include "chat/hub.h"
#include "chat/roster.h"
#include "net/worker.h"
#include "web/router.h"

#include <array>
#include <vector>

namespace chatd::chat {

// The templates that the handlers render.
inline constexpr std::array kPages = {"login.html", "chat.html"};

// All three must outlive every request.
std::vector<web::Route> chat_routes(Hub& hub, Roster& roster, const net::WorkerPool& workers);

}  // namespace chatd::chat
