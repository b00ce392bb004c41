#pragma once
// Server: the threads and the listening sockets under an Application: from start to shutdown.
// Made, run and destroyed by one thread, which becomes the control loop; stop() from any.

#include "base/time_source.h"
#include "base/unique_fd.h"
#include "http/session.h"
#include "net/entrance.h"
#include "net/listener.h"
#include "net/network.h"
#include "net/per_worker.h"
#include "net/proxied_transport.h"
#include "net/signal_watcher.h"
#include "net/tls.h"
#include "net/unix_socket.h"
#include "net/worker.h"
#include "web/application.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

namespace chatd::web {

// Who watches for SIGINT, SIGTERM and SIGHUP. The server also ignores SIGPIPE, for the whole
// process.
enum class Signals { Stop, LeaveAlone };

enum class ProxyProtocol { Off, On };

struct ListenAddress {
  std::string host{};         // empty: every address of the machine, IPv6 and IPv4
  std::uint16_t port = 8888;  // 0: the system chooses
};

struct ServerOptions {
  // Where to listen, unless `listen` or `unix_socket` say it.
  std::string host{};
  std::uint16_t port = 8888;
  std::vector<ListenAddress> listen{};
  // A file to listen on as well, without TLS; it goes when the server stops. Empty: none.
  std::string unix_socket{};
  mode_t unix_socket_mode = net::kOwnerAndGroup;  // who may connect there
  std::size_t workers = 0;                        // 0: as many as there are cores
  std::size_t max_connections = 0;  // 0: as many as there are descriptors, with some to spare
  std::chrono::milliseconds drain_time{5'000};
  net::ConnectionLimits connections{};
  // With one or more, the server speaks TLS: the first is for who asks for no name or an unknown
  // one, the others are chosen by name. SIGHUP reads the files anew; if they are no good the old
  // ones stay, and nobody is dropped either way.
  std::vector<net::TlsCertificate> tls{};
  // On, every TCP connection begins with a header of the PROXY protocol, version 2, which says whom
  // it comes from; only those from `trusted_proxies` are taken, if there are any.
  ProxyProtocol proxy_protocol = ProxyProtocol::Off;
  std::vector<net::Network> trusted_proxies{};
  Signals signals = Signals::Stop;
};

//   web::Server server({.port = 8888});
//   web::Application application({{"/", web::route<Hello>()}});
//   server.run(application);
//
// run() returns after SIGINT, SIGTERM or stop(): it accepts nobody any more, tells every connection
// that the server goes away (a WebSocket hears 1001), and gives them drain_time to finish. A second
// signal ends the process at once.
class Server final : private net::SignalWatcher::Handler {
 public:
  // Listens, but serves nobody yet. Throws std::runtime_error when it cannot: its what() is one
  // line that says why.
  explicit Server(const ServerOptions& options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Serves until told to stop. The application must outlive the server's connections: they are gone
  // when this returns.
  void run(Application& application);

  // Any thread: makes run() return, as SIGTERM does.
  void stop();

  // Of the first that it listens on: "127.0.0.1:8888", "[::]:8888", "unix:/run/chatd.sock".
  std::string address() const;
  std::uint16_t port() const;

  // For what is built between the server and its application, such as chat's Hub.
  net::WorkerPool& workers() { return workers_; }
  net::EventLoop& control() { return control_.loop(); }

 private:
  // One of those that the server listens on.
  struct Door {
    UniqueFd socket;  // until run() gives it to the listeners
    std::string address;
    net::Entrance entrance;
  };

  void open_doors();
  void on_signal(int signal) override;
  void begin_to_drain();
  void reload();

  const ServerOptions options_;
  const SystemTime time_;
  net::Worker control_;
  std::unique_ptr<net::SignalWatcher> signals_;
  const std::unique_ptr<net::TlsContextSlot> tls_;  // null: plain
  const net::ProxyPeers proxies_;
  std::vector<Door> doors_;
  std::optional<net::SocketFile> socket_file_;
  net::WorkerPool workers_;
  // For each door; a deque, because they cannot be moved.
  std::deque<net::PerWorker<net::Listener>> listeners_;
  std::optional<std::latch> accepting_;  // each listener counts down when it stops
  bool told_to_stop_ = false;            // by a signal
  std::thread drainer_;  // waits for the workers, so that the control loop can go on
  std::uint16_t port_ = 0;
};

}  // namespace chatd::web
