#include "web/server.h"

#include "base/log.h"
#include "net/socket.h"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

namespace chatd::web {

namespace {

// What the process itself needs beside its connections and what its workers have: files, the log.
constexpr std::size_t kSpareDescriptors = 64;
constexpr std::uint16_t kControlIndex = 0xFFFF;

// Each new connection begins with HTTP.
class HttpFactory final : public net::ProtocolFactory {
 public:
  explicit HttpFactory(Application& application) : application_(application) {}

  std::unique_ptr<net::Protocol> make_protocol(net::Worker& worker) override {
    return std::make_unique<http::Session>(application_, application_.settings().http,
                                           worker.loop().timers());
  }

 private:
  Application& application_;
};

std::size_t worker_count(const ServerOptions& options) {
  if (options.workers > 0) return options.workers;
  return std::max(1u, std::thread::hardware_concurrency());
}

// As many descriptors as the system lets us have; returns how many that is.
std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

// `for_workers`: the descriptors that these need, for their loops and listeners.
std::size_t connection_limit(const ServerOptions& options, std::size_t for_workers) {
  const std::size_t descriptors = raise_descriptor_limit();
  if (options.max_connections > 0) return options.max_connections;
  const std::size_t spare = kSpareDescriptors + for_workers;
  return descriptors > 2 * spare ? descriptors - spare : descriptors / 2;
}

std::unique_ptr<net::TlsContextSlot> load_certificates(const ServerOptions& options) {
  if (options.tls.empty()) return nullptr;
  auto context = net::TlsContext::load(options.tls);
  if (!context) throw std::runtime_error(context.error().what);
  return std::make_unique<net::TlsContextSlot>(std::move(*context));
}

std::vector<ListenAddress> tcp_addresses(const ServerOptions& options) {
  if (!options.listen.empty() || !options.unix_socket.empty()) return options.listen;
  return {{options.host, options.port}};
}

UniqueFd or_throw(Result<UniqueFd> socket) {
  if (!socket) throw std::runtime_error(socket.error().what);
  return std::move(*socket);
}

std::unique_ptr<net::SignalWatcher> watch_signals(const ServerOptions& options,
                                                  net::EventLoop& loop,
                                                  net::SignalWatcher::Handler& handler) {
  // A peer that is gone is told by send() and SSL_write(), not by a signal.
  ::signal(SIGPIPE, SIG_IGN);
  if (options.signals == Signals::LeaveAlone) return nullptr;
  return std::make_unique<net::SignalWatcher>(
      loop, std::initializer_list<int>{SIGINT, SIGTERM, SIGHUP}, handler);
}

}  // namespace

Server::Server(const ServerOptions& options)
    : options_(options),
      control_(kControlIndex, options.connections, time_),
      signals_(watch_signals(options, control_.loop(), *this)),
      tls_(load_certificates(options)),
      proxies_(options.trusted_proxies),
      workers_(worker_count(options), options.connections, time_) {
  open_doors();
  port_ = net::local_port(doors_.front().socket.get());
}

Server::~Server() {
  if (drainer_.joinable()) drainer_.join();
}

void Server::open_doors() {
  const bool proxied = options_.proxy_protocol == ProxyProtocol::On;
  const net::Entrance entrance{.tls = tls_.get(), .proxies = proxied ? &proxies_ : nullptr};
  for (const ListenAddress& where : tcp_addresses(options_)) {
    UniqueFd socket = or_throw(net::listen_tcp(where.host, where.port));
    std::string address = net::local_address(socket.get());
    doors_.push_back({std::move(socket), std::move(address), entrance});
  }
  if (options_.unix_socket.empty()) return;
  UniqueFd socket = or_throw(net::listen_unix(options_.unix_socket, options_.unix_socket_mode));
  socket_file_.emplace(options_.unix_socket);
  doors_.push_back({std::move(socket), "unix:" + options_.unix_socket, {}});
}

void Server::run(Application& application) {
  HttpFactory factory(application);
  control_.loop().adopt_thread();
  const std::size_t limit = connection_limit(options_, workers_.size() * (2 + doors_.size()));
  for (Door& door : doors_) {
    listeners_.emplace_back(workers_, door.socket, workers_, factory, limit, door.entrance);
    door.socket.reset();
  }
  accepting_.emplace(static_cast<std::ptrdiff_t>(workers_.size() * listeners_.size()));
  workers_.start();
  for (const Door& door : doors_) {
    log_info("listening address=%s workers=%zu tls=%s pid=%d", door.address.c_str(),
             workers_.size(), door.entrance.tls != nullptr ? "on" : "off",
             static_cast<int>(::getpid()));
  }
  control_.run();
  drainer_.join();
  listeners_.clear();
  log_info("stopped");
}

void Server::stop() {
  control_.post([this] { begin_to_drain(); });
}

std::string Server::address() const { return doors_.front().address; }

std::uint16_t Server::port() const { return port_; }

void Server::on_signal(int signal) {
  if (signal == SIGHUP) return reload();
  if (std::exchange(told_to_stop_, true)) {
    log_warn("stopped_at_once signal=%d", signal);
    finish_log();
    ::_exit(128 + signal);
  }
  log_info("stopping signal=%d connections=%zu", signal, workers_.connection_count());
  stop();
}

void Server::reload() {
  if (!tls_) return;
  if (const auto reloaded = tls_->reload(options_.tls); !reloaded) {
    log_error("certificates_kept why=%s", quoted(reloaded.error().what).c_str());
  } else {
    log_info("certificates_reloaded count=%zu", options_.tls.size());
  }
}

void Server::begin_to_drain() {
  if (drainer_.joinable()) return;
  for (auto& listeners : listeners_) {
    listeners.post_each([this](net::Listener& listener) {
      listener.stop();
      accepting_->count_down();
    });
  }
  socket_file_.reset();
  drainer_ = std::thread([this] {
    // Nobody is told goodbye while others still come in.
    accepting_->wait();
    workers_.drain(options_.drain_time);
    control_.stop();
  });
}

}  // namespace chatd::web
