// echod: gives back every message, text and binary. What conformance suites run against, and the
// shortest program that one writes on the library.

#include "net/connection.h"
#include "web/application.h"
#include "web/server.h"
#include "web/websocket_handler.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>

namespace {

using namespace chatd;

constexpr std::size_t kMaxMessageBytes = std::size_t{64} << 20;
constexpr std::size_t kBacklogMarkBytes = std::size_t{64} << 10;

class EchoHandler final : public web::WebSocketHandler {
 public:
  using WebSocketHandler::WebSocketHandler;
  std::optional<ws::DeflateOptions> get_compression_options() override {
    return ws::DeflateOptions{.server_takeover = ws::Takeover::Yes,
                              .client_takeover = ws::Takeover::Yes};
  }
  // Who does not read its echoes is not listened to: at most one of them comes on top of the mark.
  bool ready() override {
    if (session().connection().backlog() <= kBacklogMarkBytes) return true;
    session().pause();
    return false;
  }
  void on_drained() override { session().resume(); }
  void on_message(std::string_view message, ws::MessageKind kind) override {
    write_message(message, kind);
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 4) {
    std::fputs("usage: echod PORT [CERTIFICATE KEY]\n", stderr);
    return 2;
  }
  try {
    const auto port = static_cast<std::uint16_t>(std::stoul(argv[1]));
    web::ServerOptions options{
        .host = "127.0.0.1", .port = port, .connections = {.outbox_bytes = 2 * kMaxMessageBytes}};
    if (argc == 4) options.tls.push_back({argv[2], argv[3]});
    web::Server server(options);
    web::Application application({{"/", web::route<EchoHandler>()}},
                                 {.websocket = {.max_message_bytes = kMaxMessageBytes}});
    server.run(application);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "echod: %s\n", error.what());
    return 1;
  }
}
