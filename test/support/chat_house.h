#pragma once
// ChatHouse: the whole chat on a loopback port, in this process.

#include "base/time_source.h"
#include "chat/chat_app.h"
#include "chat/hub.h"
#include "chat/roster.h"
#include "support/loopback_server.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace chatd::test {

inline constexpr const char* kSecret = "a secret of the tests, long enough to be one";

struct ChatHouseOptions {
  std::size_t workers = 2;
  chat::HubOptions hub{};
  chat::RosterLimits roster{};
};

class ChatHouse {
 public:
  explicit ChatHouse(const ChatHouseOptions& options = {})
      : server_(
            [options](web::Server& server, const LoopbackServer::Run& run) {
              const SystemTime time;
              chat::Roster roster(time, options.roster);
              chat::Hub hub(server.control(), server.workers(), options.hub);
              web::Application application(
                  chat::chat_routes(hub, roster, server.workers()),
                  web::Settings{.cookie_secret = kSecret, .template_path = "templates"});
              run(application);
            },
            web::ServerOptions{.workers = options.workers}) {}

  std::uint16_t port() const { return server_.port(); }
  void stop() { server_.stop(); }

 private:
  LoopbackServer server_;
};

}  // namespace chatd::test
