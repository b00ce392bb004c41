// chatd: reads the configuration, builds the house, serves until told to stop.

#include "base/log.h"
#include "chat/chat_app.h"
#include "chat/hub.h"
#include "chat/roster.h"
#include "config.h"
#include "cookie_secret.h"
#include "web/application.h"
#include "web/server.h"
#include "web/static_folder.h"
#include "web/template_loader.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <variant>

namespace {

constexpr int kCannotStart = 1;
constexpr int kWrongUsage = 2;

// What is wrong with the folders is said now, not to the first visitor, nor after a secret was made
// for a server that never was.
void require_folders(const chatd::web::Settings& settings) {
  const std::filesystem::path& folder = settings.template_path;
  const chatd::web::TemplateLoader pages(folder);
  for (const char* page : chatd::chat::kPages) {
    if (pages.contains(page)) continue;
    throw std::runtime_error("template " + (folder / page).string() + ": there is no such file");
  }
  const chatd::web::StaticFolder files(settings.static_path);
}

void serve(const chatd::Config& config) {
  using namespace chatd;
  require_folders(config.settings);
  // Before the server, whose threads log to their end.
  const LogThread log_thread;
  const SystemTime time;
  web::Server server(config.server);
  web::Settings settings = config.settings;
  if (settings.cookie_secret.empty()) {
    settings.cookie_secret = load_or_make_cookie_secret(config.state_dir);
  }
  chat::Roster roster(time, config.roster);
  chat::HubOptions hub_options = config.hub;
  // Each worker may add a message to what waits for a room before its speakers are held.
  hub_options.fanout.log_bytes =
      std::max(hub_options.fanout.log_bytes,
               (16 + 4 * server.workers().size()) * config.settings.websocket.max_message_bytes);
  chat::Hub hub(server.control(), server.workers(), hub_options);
  web::Application application(chat::chat_routes(hub, roster, server.workers()),
                               std::move(settings));
  server.run(application);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto asked = chatd::parse_command_line(argc, argv);
    if (const auto* answer = std::get_if<chatd::Answer>(&asked)) {
      std::fputs(answer->text.c_str(), stdout);
      return 0;
    }
    const auto& config = std::get<chatd::Config>(asked);
    chatd::configure_log(config.log_level, config.log_format);
    serve(config);
    return 0;
  } catch (const chatd::ConfigError& error) {
    std::fprintf(stderr, "chatd: %s\n", error.what());
    return kWrongUsage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "chatd: %s\n", error.what());
    return kCannotStart;
  }
}
