#pragma once
// The table of routes: what chatd answers, and where.

#include "chat/hub.h"
#include "chat/roster.h"
#include "web/router.h"

#include <array>
#include <vector>

namespace chatd::chat {

// The templates that the handlers render.
inline constexpr std::array kPages = {"login.html", "chat.html"};

// The hub and the roster must outlive every request.
std::vector<web::Route> chat_routes(Hub& hub, Roster& roster);

}  // namespace chatd::chat
