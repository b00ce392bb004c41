#include "config.h"

#include "main/asked.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace chatd {
namespace {

using namespace std::chrono_literals;
using namespace test;

struct Edge {
  std::string flag;
  std::string least;
  std::string too_little;
  std::string most;
  std::string too_much;
};

}  // namespace

TEST_SUITE("main") {
  TEST_CASE("without a word there are defaults that serve") {
    const Config config = config_of({});
    CHECK(config.server.host.empty());
    CHECK(config.server.port == 8888);
    CHECK(config.server.workers == 0);
    CHECK(config.server.max_connections == 0);
    CHECK(config.server.drain_time == 5s);
    CHECK(config.settings.cookie_secret.empty());
    CHECK(config.settings.allowed_origins.empty());
    CHECK(config.settings.template_path.filename() == "templates");
    CHECK(config.settings.static_path.filename() == "public");
    CHECK(config.settings.websocket.max_message_bytes == 65'536);
    CHECK(config.settings.http.head_timeout == 10s);
    CHECK(config.settings.http.body_timeout == 30s);
    CHECK(config.settings.http.keep_alive_timeout == 60s);
    CHECK(config.settings.websocket.ping_interval == 30s);
    CHECK(config.settings.websocket.ping_timeout == 30s);
    CHECK(config.roster.grace == 60s);
    CHECK(config.roster.waiting_per_visitor == 64);
    CHECK(config.hub.leave_delay == 2s);
    CHECK(config.hub.announce_limit == 5000);
    CHECK(config.hub.fanout.max_delay == 8ms);
    CHECK(config.log_level == LogLevel::Info);
    CHECK(config.log_format == LogFormat::Text);
  }

  TEST_CASE("each flag of the server and the site arrives where it is used") {
    const Config config = config_of({"--host",
                                     "::1",
                                     "--port",
                                     "0",
                                     "--workers",
                                     "3",
                                     "--max-connections",
                                     "10",
                                     "--outbox-bytes",
                                     "1000000",
                                     "--drain-timeout",
                                     "1.5",
                                     "--cookie-secret",
                                     "s e c r e t",
                                     "--template-path",
                                     "/t",
                                     "--static-path",
                                     "/p",
                                     "--state-dir",
                                     "/s",
                                     "--max-head-bytes",
                                     "2000",
                                     "--max-body-bytes",
                                     "3000",
                                     "--head-timeout",
                                     "1",
                                     "--body-timeout",
                                     "2",
                                     "--idle-timeout",
                                     "0.25"});
    CHECK(config.server.host == "::1");
    CHECK(config.server.port == 0);
    CHECK(config.server.workers == 3);
    CHECK(config.server.max_connections == 10);
    CHECK(config.server.connections.outbox_bytes == 1'000'000);
    CHECK(config.server.drain_time == 1500ms);
    CHECK(config.settings.cookie_secret == "s e c r e t");
    CHECK(config.settings.template_path == "/t");
    CHECK(config.settings.static_path == "/p");
    CHECK(config.state_dir == "/s");
    CHECK(config.settings.http.max_head_bytes == 2000);
    CHECK(config.settings.http.max_body_bytes == 3000);
    CHECK(config.settings.http.head_timeout == 1s);
    CHECK(config.settings.http.body_timeout == 2s);
    CHECK(config.settings.http.keep_alive_timeout == 250ms);
  }

  TEST_CASE("each flag of the chat and the log arrives where it is used") {
    const Config config = config_of(
        {"--max-message-bytes", "4000",  "--nickname-grace",    "0.25", "--leave-delay",  "0",
         "--announce-limit",    "20",    "--names-per-address", "5",    "--room-delay",   "0.025",
         "--room-log-bytes",    "70000", "--ping-interval",     "7",    "--ping-timeout", "0.1",
         "--log-level",         "warn",  "--log-format",        "json"});
    CHECK(config.settings.websocket.max_message_bytes == 4000);
    CHECK(config.roster.grace == 250ms);
    CHECK(config.hub.leave_delay == 0ms);
    CHECK(config.roster.waiting_per_visitor == 5);
    CHECK(config.hub.announce_limit == 20);
    CHECK(config.hub.fanout.max_delay == 25ms);
    CHECK(config.hub.fanout.log_bytes == 70'000);
    CHECK(config.settings.websocket.ping_interval == 7s);
    CHECK(config.settings.websocket.ping_timeout == 100ms);
    CHECK(config.log_level == LogLevel::Warn);
    CHECK(config.log_format == LogFormat::Json);
  }

  TEST_CASE("a flag goes before the environment, and that before the file") {
    const ConfigFile file("port = 1\nhost = \"file\"\ncookie-secret = \"file\"\n");
    const Environment port("CHATD_PORT", "2");
    const Environment host("CHATD_HOST", "environment");
    const Config config = config_of({"--port", "3", file.argument()});
    CHECK(config.server.port == 3);
    CHECK(config.server.host == "environment");
    CHECK(config.settings.cookie_secret == "file");
    CHECK(config_of({file.argument()}).server.port == 2);
  }

  TEST_CASE("the file may be named by the environment") {
    const ConfigFile file("port = 7\n");
    const std::string path = (file.folder.path() / "chatd.conf").string();
    const Environment config("CHATD_CONFIG", path.c_str());
    CHECK(config_of({}).server.port == 7);
  }

  TEST_CASE("an empty variable is as none") {
    const Environment port("CHATD_PORT", "");
    const Environment secret("CHATD_COOKIE_SECRET", "");
    CHECK(config_of({}).server.port == 8888);
    CHECK(config_of({}).settings.cookie_secret.empty());
  }

  TEST_CASE("a bad variable is refused as a bad flag is") {
    const Environment port("CHATD_PORT", "many");
    CHECK(is_refused({}));
    CHECK(config_of({"--port", "5"}).server.port == 5);
  }

  TEST_CASE("the file has comments, quotes, lists and nothing that is unknown") {
    const ConfigFile file(
        "# a comment\n\nport = 7 # and another\nhost=127.0.0.1\ncookie-secret = \"a # b = c\"\n"
        "allowed-origin = [\"https://a\", \"https://b\"]\nlog-format = json\n");
    const Config config = config_of({file.argument()});
    CHECK(config.server.port == 7);
    CHECK(config.server.host == "127.0.0.1");
    CHECK(config.settings.cookie_secret == "a # b = c");
    CHECK(config.settings.allowed_origins == Arguments{"https://a", "https://b"});
    CHECK(config.log_format == LogFormat::Json);
    for (const char* text :
         {"nope = 1\n", "help = true\n", "config = \"x\"\n", "[room]\nport = 1\n",
          "max_body_bytes = 1\n", "rubbish\n", "port = many\n", "port =\n", "port = 1\nport = 2\n",
          "log-level = \"loud\"\n"}) {
      CAPTURE(text);
      CHECK(is_refused({ConfigFile(text).argument()}));
    }
    CHECK(config_of({ConfigFile("").argument()}).server.port == 8888);
  }

  TEST_CASE("a file that cannot be read is refused") {
    const web::TemporaryFolder folder;
    CHECK(is_refused({"--config", (folder.path() / "nope").string()}));
    CHECK(is_refused({"--config", folder.path().string()}));
  }

  TEST_CASE("every number has its edges") {
    const std::vector<Edge> edges = {
        {"--port", "0", "-1", "65535", "65536"},
        {"--workers", "0", "-1", "1024", "1025"},
        {"--max-connections", "0", "-1", "1073741824", "1073741825"},
        {"--outbox-bytes", "131072", "131071", "4294967296", "4294967297"},
        {"--drain-timeout", "0", "-0.001", "3600", "3600.001"},
        {"--max-head-bytes", "1024", "1023", "1048576", "1048577"},
        {"--max-body-bytes", "0", "-1", "1073741824", "1073741825"},
        {"--head-timeout", "0.1", "0.09", "3600", "3601"},
        {"--body-timeout", "0.1", "0.09", "3600", "3601"},
        {"--idle-timeout", "0.1", "0.09", "3600", "3601"},
        {"--max-message-bytes", "1", "0", "98304", "98305"},
        {"--nickname-grace", "0", "-1", "31536000", "31536001"},
        {"--names-per-address", "0", "-1", "1048576", "1048577"},
        {"--leave-delay", "0", "-1", "3600", "3601"},
        {"--announce-limit", "0", "-1", "1073741824", "1073741825"},
        {"--room-delay", "0", "-0.001", "1", "1.001"},
        {"--room-log-bytes", "1048576", "1048575", "1073741824", "1073741825"},
        {"--ping-interval", "0", "-1", "14400", "14401"},
        {"--ping-timeout", "0.1", "0.09", "14400", "14401"},
    };
    for (const Edge& edge : edges) {
      CAPTURE(edge.flag);
      CHECK(fault_of({edge.flag, edge.least}) == "");
      CHECK(fault_of({edge.flag, edge.most}) == "");
      for (const std::string& bad : {edge.too_little, edge.too_much, std::string("x"),
                                     std::string("1x"), std::string("nan"), std::string("")}) {
        CAPTURE(bad);
        CHECK(is_refused({edge.flag + "=" + bad}));
      }
    }
  }

  TEST_CASE("a message must fit into what waits for its readers") {
    CHECK(fault_of({"--max-message-bytes", "100000", "--room-log-bytes", "1600000"}) == "");
    CHECK(is_refused({"--max-message-bytes", "100000", "--room-log-bytes", "1599999"}));
    CHECK(fault_of({"--max-message-bytes", "98304", "--outbox-bytes", "196608"}) == "");
    CHECK(is_refused({"--max-message-bytes", "98304", "--outbox-bytes", "196607"}));
    CHECK(fault_of({"--max-message-bytes", "16777216", "--outbox-bytes", "33554432",
                    "--room-log-bytes", "268435456"}) == "");
    CHECK(is_refused({"--max-message-bytes", "16777217", "--room-log-bytes", "1073741824"}));
  }

  TEST_CASE("a flag never takes the next flag for its value") {
    CHECK(is_refused({"--port"}));
    CHECK(is_refused({"--host", "--port", "1"}));
    CHECK(is_refused({"--cookie-secret", "--log-format=json"}));
    const Config config = config_of({"--cookie-secret=", "--log-format=json"});
    CHECK(config.settings.cookie_secret.empty());
    CHECK(config.log_format == LogFormat::Json);
    CHECK(config_of({"--cookie-secret=--x"}).settings.cookie_secret == "--x");
    CHECK(config_of({"--cookie-secret", "a=b="}).settings.cookie_secret == "a=b=");
    CHECK(config_of({"--host="}).server.host.empty());
    CHECK(config_of({"--host", ""}).server.host.empty());
  }

  TEST_CASE("what is no flag is refused in one line") {
    for (const Arguments& arguments : std::vector<Arguments>{{"--nope"},
                                                             {"-p", "1"},
                                                             {"8888"},
                                                             {"--port", "1", "2"},
                                                             {"--port", "1", "--port", "2"},
                                                             {"--log-level", "LOUD"},
                                                             {"--log-format", "xml"}}) {
      CAPTURE(arguments[0]);
      CHECK(is_refused(arguments));
    }
  }

  TEST_CASE("help goes before all else, and so does the version") {
    for (const char* flag : {"--help", "-h"}) {
      const std::string help = std::get<Answer>(parse({flag, "--port", "1"})).text;
      CHECK(help.find("--cookie-secret TEXT (Env:CHATD_COOKIE_SECRET)") != std::string::npos);
      CHECK(help.ends_with('\n'));
    }
    const std::string version = std::get<Answer>(parse({"--version"})).text;
    CHECK(version.starts_with("chatd "));
    CHECK(version.find('\n') == version.size() - 1);
  }

  TEST_CASE("the help does not tell the secret") {
    const Environment secret("CHATD_COOKIE_SECRET", "unspeakable");
    CHECK(std::get<Answer>(parse({"--help"})).text.find("unspeakable") == std::string::npos);
  }

  TEST_CASE("the state lies where the system wants it") {
    const Environment systemd("STATE_DIRECTORY", "/var/lib/x");
    CHECK(config_of({}).state_dir == "/var/lib/x");
    CHECK(config_of({"--state-dir", "/y"}).state_dir == "/y");
  }
}

}  // namespace chatd
