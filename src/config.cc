#include "config.h"

#include "base/text.h"
#include "config_file.h"
#include "default_paths.h"
#include "flag_values.h"
#include "net/network.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>
#include <vector>

namespace chatd {

namespace {

constexpr const char* kDescription =
    "A chat-room server for the web. Open the page, pick a nickname, talk.\n"
    "Each flag can also be given by the environment variable beside it, or as `name = value` in a\n"
    "file named by --config. A flag goes before the environment, and that before the file.";

constexpr const char* kFooter =
    "\nSIGTERM and SIGINT stop the server: everyone connected is told, and a second one ends it "
    "at\n"
    "once. Exit status: 0 stopped as told, 1 could not start, 2 wrong usage.\n"
    "Example: CHATD_COOKIE_SECRET=… chatd --host 127.0.0.1 --port 8888";

// A member is told to have left this much after its time at the latest.
constexpr std::chrono::milliseconds kExpiryMargin{100};

// The flags as CLI11 fills them in: numbers whose unit is in the flag's name or value.
struct Flags {
  Config config;
  std::string config_file;
  std::string log_level = "info";
  std::string log_format = "text";
  std::string state_dir;
  double drain_timeout = 5;
  double nickname_grace = 60;
  double leave_delay = 2;
  double room_delay = 0.008;
  double head_timeout = 10;
  double body_timeout = 30;
  double idle_timeout = 60;
  double ping_interval = 30;
  double ping_timeout = 30;
  std::string compression = "on";
  std::string unix_socket_mode = "0660";
  std::vector<std::string> trusted_proxies;
  std::string proxy_protocol = "off";
  std::vector<std::string> listen;
  std::vector<std::string> tls_certificates;
  std::vector<std::string> tls_keys;
};

std::string environment_name(const std::string& flag) {
  std::string name = "CHATD_";
  for (const char c : flag.substr(2)) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

std::string trim_in_place(std::string& text) {
  text = std::string(trim(text));
  return "";
}

// Adds flags that all have an environment variable of the same name.
class FlagTable {
 public:
  explicit FlagTable(CLI::App& app) : app_(app) {}

  template <typename Value>
  CLI::Option* add(const std::string& flag, Value& value, const std::string& description) {
    return app_.add_option(flag, value, description)
        ->capture_default_str()
        ->envname(environment_name(flag));
  }

  // One that may be repeated, or say several at once with commas between, as a variable must.
  // `fault_of` says what is wrong with one of them.
  void add_list(const std::string& flag, std::vector<std::string>& values,
                const std::string& description, std::string (*fault_of)(const std::string&),
                const std::string& type) {
    add(flag, values, description + "; may be repeated, or a list with commas")
        ->delimiter(',')
        ->transform(CLI::Validator(trim_in_place, ""))
        ->check(CLI::Validator(fault_of, type));
  }

 private:
  CLI::App& app_;
};

std::chrono::milliseconds from_seconds(double seconds) {
  // It passes every range, because it is neither below nor above anything.
  if (std::isnan(seconds)) throw ConfigError("nan is no number of seconds");
  return std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
}

void add_server_flags(FlagTable table, Flags& flags) {
  web::ServerOptions& server = flags.config.server;
  table.add("--host", server.host, "Address to listen on; empty: all, IPv6 and IPv4");
  table.add("--port", server.port, "TCP port; 0: any free one")->check(CLI::Range(0, 65535));
  table.add_list("--listen", flags.listen,
                 "HOST:PORT, [IPv6]:PORT or :PORT to listen on, instead of the default",
                 fault_of_listen, "ADDRESS");
  table.add("--unix-socket", server.unix_socket,
            "File to listen on, without TLS; with it, TCP only where it is said where");
  table.add("--unix-socket-mode", flags.unix_socket_mode, "Its permissions, in octal")
      ->check(CLI::Validator(fault_of_mode, "MODE"));
  table.add("--workers", server.workers, "Threads that serve; 0: one for each core")
      ->check(CLI::Range(0, 1024));
  table
      .add(
          "--max-connections", server.max_connections,
          "Connections at a time, or one more for each worker but the first; more wait; 0: as many "
          "as there are descriptors")
      ->check(CLI::Range(0, 1 << 30));
  table
      .add("--outbox-bytes", server.connections.outbox_bytes,
           "What may wait for one peer; who lets more pile up is cut off")
      ->check(CLI::Range(std::size_t{128} << 10, std::size_t{1} << 32));
  table.add("--tls-cert", flags.tls_certificates,
            "PEM file of the certificate and those that vouch for it; may be repeated, each with a "
            "--tls-key: clients choose by name. Read anew on SIGHUP");
  table.add("--tls-key", flags.tls_keys, "PEM file of its private key");
  table.add("--drain-timeout", flags.drain_timeout, "Seconds to say goodbye at shutdown")
      ->check(CLI::Range(0.0, 3600.0));
}

void add_site_flags(FlagTable table, Flags& flags) {
  web::Settings& settings = flags.config.settings;
  settings.template_path = data_folder("templates");
  settings.static_path = data_folder("public");
  flags.state_dir = default_state_dir();
  settings.websocket.max_message_bytes = std::size_t{64} << 10;
  table.add(
      "--cookie-secret", settings.cookie_secret,
      "Signs the login cookie; without it one is made and kept in --state-dir. Others on this "
      "machine can read flags: prefer the environment or the file");
  table.add("--template-path", settings.template_path, "Folder of the pages");
  table.add("--static-path", settings.static_path, "Folder of what is served under /static/");
  table.add("--state-dir", flags.state_dir, "Folder of what must outlive a restart");
  table.add_list("--allowed-origin", settings.allowed_origins,
                 "Another origin of the same site whose pages may connect, as "
                 "https://www.chat.example",
                 fault_of_origin, "ORIGIN");
  table.add_list("--trusted-proxy", flags.trusted_proxies,
                 "Network, as 10.0.0.0/8, or unix: its X-Forwarded-… and Forwarded are believed",
                 fault_of_network, "NETWORK");
  table
      .add("--proxy-protocol", flags.proxy_protocol,
           "TCP connections begin with a PROXY header, version 2, before TLS: whom they come from. "
           "With --trusted-proxy, only those of its networks are taken")
      ->check(CLI::IsMember({"on", "off"}));
  table.add("--max-head-bytes", settings.http.max_head_bytes, "Of a request's head; more: 431")
      ->check(CLI::Range(1024, 1 << 20));
  table.add("--max-body-bytes", settings.http.max_body_bytes, "Of a request's body; more: 413")
      ->check(CLI::Range(std::size_t{0}, std::size_t{1} << 30));
  table
      .add("--head-timeout", flags.head_timeout,
           "Seconds that a request's head may take; more: 408")
      ->check(CLI::Range(0.1, 3600.0));
  table.add("--body-timeout", flags.body_timeout, "Seconds that its body may take; more: 408")
      ->check(CLI::Range(0.1, 3600.0));
  table
      .add("--idle-timeout", flags.idle_timeout,
           "Seconds that a connection may wait for its next request, or take to set up TLS")
      ->check(CLI::Range(0.1, 3600.0));
}

void add_chat_flags(FlagTable table, Flags& flags) {
  table
      .add("--max-message-bytes", flags.config.settings.websocket.max_message_bytes,
           "Of a message; more: close code 1009")
      ->check(CLI::Range(std::size_t{1}, std::size_t{16} << 20));
  table
      .add("--nickname-grace", flags.nickname_grace,
           "Seconds that a nickname is kept for who has gone without logging out; at least "
           "--leave-delay")
      ->check(CLI::Range(0.0, 86400.0 * 365));
  table
      .add("--names-per-address", flags.config.roster.waiting_per_visitor,
           "Names that one address, or IPv6 /64, may take without opening the chat; more: 429; 0: "
           "any number. This machine's own addresses are not counted")
      ->check(CLI::Range(0, 1 << 20));
  table
      .add("--leave-delay", flags.leave_delay,
           "Seconds to come back, after a reload or a lost connection, before the room is told")
      ->check(CLI::Range(0.0, 3600.0));
  table
      .add("--announce-limit", flags.config.hub.announce_limit,
           "Members in a room, above which it does not say who enters and leaves")
      ->check(CLI::Range(std::size_t{0}, std::size_t{1} << 30));
  table
      .add("--room-delay", flags.room_delay,
           "Seconds that a message may take through a busy room, so that many go out together; 0: "
           "none waits for another")
      ->check(CLI::Range(0.0, 1.0));
  table
      .add("--room-log-bytes", flags.config.hub.fanout.log_bytes,
           "What each worker keeps of a room for slow readers")
      ->check(CLI::Range(std::size_t{64} << 10, std::size_t{1} << 30));
  table
      .add("--compression", flags.compression,
           "Deflates long messages for who offers to read them so")
      ->check(CLI::IsMember({"on", "off"}));
  table.add("--ping-interval", flags.ping_interval, "Seconds of silence before a ping; 0: never")
      ->check(CLI::Range(0.0, 14400.0));
  table.add("--ping-timeout", flags.ping_timeout, "Seconds that an answer to it may take")
      ->check(CLI::Range(0.1, 14400.0));
}

void add_log_flags(FlagTable table, Flags& flags) {
  table.add("--log-level", flags.log_level, "The least important that is logged")
      ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}));
  table.add("--log-format", flags.log_format, "Text for people, JSON for machines")
      ->check(CLI::IsMember({"text", "json"}));
}

void add_flags(CLI::App& app, Flags& flags) {
  app.set_version_flag("--version", "chatd " CHATD_VERSION, "Print the version and exit");
  app.set_help_flag("--help,-h", "Print this and exit");
  app.footer(kFooter);
  FlagTable table(app);
  add_server_flags(table, flags);
  add_site_flags(table, flags);
  add_chat_flags(table, flags);
  add_log_flags(table, flags);
  table.add("--config", flags.config_file, "File of `name = value` lines, named as the flags");
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  file.peek();  // a folder can be opened, but not read
  if (!file.is_open() || file.bad()) {
    throw ConfigError("cannot read the configuration file " + path);
  }
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// What neither flags nor environment have said. CLI11 by itself would put the file before the
// environment, and end a value at a '#' within quotes.
void read_config_file(CLI::App& app, const std::string& path) {
  if (path.empty()) return;
  const auto settings = parse_config_file(read_text(path));
  if (!settings) throw ConfigError(path + ": " + settings.error().what);
  std::set<CLI::Option*> from_file;
  for (const Setting& setting : *settings) {
    CLI::Option* option = app.get_option_no_throw("--" + setting.name);
    static const std::set<std::string> kNotInFile = {"config", "help", "version"};
    if (option == nullptr || kNotInFile.contains(setting.name)) {
      throw ConfigError(path + ": there is no setting " + chatd::quoted(setting.name));
    }
    if (option->count() > 0 && !from_file.contains(option)) continue;
    from_file.insert(option);
    option->add_result(setting.values);
  }
  for (CLI::Option* option : from_file) option->run_callback();
}

void check(const Flags& flags) {
  const Config& config = flags.config;
  if (flags.tls_certificates.size() != flags.tls_keys.size()) {
    throw ConfigError("each --tls-cert needs its --tls-key");
  }
  const std::size_t message = config.settings.websocket.max_message_bytes;
  if (config.hub.fanout.log_bytes < 16 * message) {
    throw ConfigError("--room-log-bytes must be at least 16 times --max-message-bytes");
  }
  if (config.server.connections.outbox_bytes < 2 * message) {
    throw ConfigError("--outbox-bytes must be at least twice --max-message-bytes");
  }
}

// --host and --port are for those who listen in one place; said beside others, they are one more.
void set_listen(const CLI::App& app, const Flags& flags, web::ServerOptions& server) {
  const bool elsewhere = !flags.listen.empty() || !server.unix_socket.empty();
  const bool said = app.count("--host") > 0 || app.count("--port") > 0;
  if (elsewhere && said) server.listen.push_back({server.host, server.port});
  for (const std::string& text : flags.listen) server.listen.push_back(*parse_listen(text));
}

Config to_config(const CLI::App& app, Flags& flags) {
  Config& config = flags.config;
  set_listen(app, flags, config.server);
  config.server.unix_socket_mode = *parse_mode(flags.unix_socket_mode);
  config.log_level = *parse_log_level(flags.log_level);
  config.log_format = *parse_log_format(flags.log_format);
  config.state_dir = flags.state_dir;
  for (const std::string& network : flags.trusted_proxies) {
    config.settings.trusted_proxies.push_back(*net::Network::parse(network));
  }
  config.server.trusted_proxies = config.settings.trusted_proxies;
  config.server.proxy_protocol =
      flags.proxy_protocol == "on" ? web::ProxyProtocol::On : web::ProxyProtocol::Off;
  for (std::size_t index = 0; index < flags.tls_certificates.size(); ++index) {
    config.server.tls.push_back({flags.tls_certificates[index], flags.tls_keys[index]});
  }
  config.server.drain_time = from_seconds(flags.drain_timeout);
  config.hub.compression =
      flags.compression == "on" ? chat::Compression::On : chat::Compression::Off;
  config.hub.leave_delay = from_seconds(flags.leave_delay);
  config.hub.fanout.max_delay = from_seconds(flags.room_delay);
  // A name must not be somebody else's while the room still awaits who had it.
  config.roster.grace =
      std::max(from_seconds(flags.nickname_grace), config.hub.leave_delay + kExpiryMargin);
  config.settings.http.head_timeout = from_seconds(flags.head_timeout);
  config.settings.http.body_timeout = from_seconds(flags.body_timeout);
  config.settings.http.keep_alive_timeout = from_seconds(flags.idle_timeout);
  config.settings.websocket.ping_interval = from_seconds(flags.ping_interval);
  config.settings.websocket.ping_timeout = from_seconds(flags.ping_timeout);
  return config;
}

// CLI11 takes the next flag for the value of one that was given none: for a cookie secret, say, out
// of a variable that is not set. So "--name=" gets its empty value here, and "--name --other" is
// refused. Who wants a value that begins with dashes writes "--name=--value".
std::vector<std::string> arguments_of(const CLI::App& app, int argc, const char* const* argv) {
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) {
    std::string_view argument = argv[i];
    const bool is_empty = argument.starts_with("--") && argument.find('=') == argument.size() - 1;
    if (is_empty) argument.remove_suffix(1);
    arguments.emplace_back(argument);
    if (is_empty) arguments.emplace_back();
    const CLI::Option* option = app.get_option_no_throw(arguments.back());
    const bool lacks_value = i + 1 == argc || std::string_view(argv[i + 1]).starts_with("--");
    if (option != nullptr && option->get_expected_min() > 0 && lacks_value) {
      throw ConfigError(arguments.back() + " has no value (see chatd --help)");
    }
  }
  return arguments;
}

}  // namespace

std::variant<Config, Answer> parse_command_line(int argc, const char* const* argv) {
  CLI::App app(kDescription, "chatd");
  Flags flags;
  add_flags(app, flags);
  try {
    auto arguments = arguments_of(app, argc, argv);
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    app.parse(std::move(arguments));
    read_config_file(app, flags.config_file);
  } catch (const CLI::CallForHelp&) {
    return Answer{app.help()};
  } catch (const CLI::CallForVersion& version) {
    return Answer{std::string(version.what()) + "\n"};
  } catch (const CLI::Error& error) {
    throw ConfigError(std::string(error.what()) + " (see chatd --help)");
  }
  check(flags);
  return to_config(app, flags);
}

}  // namespace chatd
