#pragma once
// LoopbackServer: a real web::Server on 127.0.0.1 and a port of the system's choosing, run by a
// thread of its own for as long as this lives. What the application needs is built on that thread
// by the function that the test gives.

#include "web/application.h"
#include "web/server.h"

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace chatd::test {

class LoopbackServer {
 public:
  // Is called with the server and with what runs it; whatever the application refers to lives on
  // `build`'s stack: build = [](web::Server& server, const auto& run) { Hub hub(…); Application
  // app(…); run(app); }.
  using Run = std::function<void(web::Application&)>;
  using Build = std::function<void(web::Server&, const Run&)>;

  explicit LoopbackServer(Build build, web::ServerOptions options = {}) {
    options.host = "127.0.0.1";
    options.port = 0;
    options.signals = web::Signals::LeaveAlone;
    thread_ = std::thread([this, build = std::move(build), options] {
      web::Server server(options);
      server_ = &server;
      build(server, [&](web::Application& application) {
        listening_.set_value(server.port());
        server.run(application);
      });
    });
    port_ = listening_.get_future().get();
  }
  ~LoopbackServer() { stop(); }
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  // Stops it as SIGTERM would, and waits for the end.
  void stop() {
    if (!thread_.joinable()) return;
    server_->stop();
    thread_.join();
  }

  std::uint16_t port() const { return port_; }

 private:
  std::promise<std::uint16_t> listening_;  // outlives the thread that keeps it
  std::thread thread_;
  web::Server* server_ = nullptr;
  std::uint16_t port_ = 0;
};

}  // namespace chatd::test
