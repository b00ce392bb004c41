#pragma once
// Config: what the operator asked for: flags, else environment, else the configuration file, else
// defaults. Made once by main, constant after.

#include "base/log.h"
#include "chat/hub.h"
#include "chat/roster.h"
#include "web/server.h"
#include "web/settings.h"

#include <filesystem>
#include <stdexcept>
#include <string>
#include <variant>

namespace chatd {

// What the operator asked for cannot be: what() is one line for standard error.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Config {
  web::ServerOptions server;
  web::Settings settings;
  std::filesystem::path state_dir;
  chat::HubOptions hub;
  chat::RosterLimits roster;
  LogLevel log_level = LogLevel::Info;
  LogFormat log_format = LogFormat::Text;
};

// --help or --version was asked for: the text to print, and nothing else to do.
struct Answer {
  std::string text;
};

// Throws ConfigError. Does not touch the state directory.
std::variant<Config, Answer> parse_command_line(int argc, const char* const* argv);

}  // namespace chatd
