#pragma once
// Real sockets on the loopback interface, for tests: the client's end, and a worker to serve the
// other one.

#include "base/unique_fd.h"
#include "net/socket.h"
#include "net/worker.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

namespace chatd::test {

inline constexpr int kPatienceMilliseconds = 20'000;

inline bool wait_for(int fd, short events) {
  pollfd watched{.fd = fd, .events = events, .revents = 0};
  return ::poll(&watched, 1, kPatienceMilliseconds) == 1;
}
inline bool wait_readable(int fd) { return wait_for(fd, POLLIN); }

// A socket that blocks, connected to whatever `listening_fd` is bound to.
inline UniqueFd connect_to(int listening_fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(listening_fd, reinterpret_cast<sockaddr*>(&address), &size);
  UniqueFd fd(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) {
    throw std::runtime_error("cannot connect");
  }
  return fd;
}

inline UniqueFd connect_ipv4(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect");
  }
  return fd;
}

// A Unix pair, which does not block.
inline std::pair<UniqueFd, UniqueFd> local_pair() {
  std::array<int, 2> fds{};
  ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data());
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

struct TcpPair {
  UniqueFd client;  // blocks
  UniqueFd server;  // does not
};
inline TcpPair tcp_pair() {
  const auto listening = net::listen_tcp("127.0.0.1", 0);
  TcpPair pair;
  pair.client = connect_to(listening->get());
  wait_readable(listening->get());
  pair.server = net::accept(listening->get()).fd;
  return pair;
}

// All of it, however long the peer takes.
inline void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0) throw std::runtime_error("cannot send");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

// What lies there now. `ended` says whether the peer's end was read as well.
struct Received {
  std::string bytes;
  bool ended = false;
  bool reset = false;
};
inline Received receive_now(int fd) {
  Received received;
  std::array<char, 65536> piece;
  while (true) {
    const ssize_t count = ::recv(fd, piece.data(), piece.size(), MSG_DONTWAIT);
    if (count > 0) {
      received.bytes.append(piece.data(), static_cast<std::size_t>(count));
      continue;
    }
    received.ended = count == 0;
    received.reset = count < 0 && errno == ECONNRESET;
    return received;
  }
}

// Until the peer's end, or `size` bytes.
inline std::string receive(int fd, std::size_t size = std::string::npos) {
  std::string bytes;
  while (bytes.size() < size && wait_readable(fd)) {
    const Received received = receive_now(fd);
    bytes += received.bytes;
    if (received.ended || received.reset) break;
  }
  return bytes;
}

// Whether TCP_NODELAY is on.
inline int nodelay_of(int fd) {
  int value = -1;
  socklen_t size = sizeof value;
  ::getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &size);
  return value;
}

// The peer's next close() sends RST instead of FIN.
inline void reset_on_close(int fd) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

// A worker on the test's own thread and the system's clock.
class RealWorker final : private net::Timer::Handler {
 public:
  explicit RealWorker(const net::ConnectionLimits& limits = {}) : worker_(0, limits, time_) {}

  // The client's end of a connection that `protocol` serves.
  UniqueFd connect(std::unique_ptr<net::Protocol> protocol) {
    TcpPair pair = tcp_pair();
    add(std::move(pair.server), std::move(protocol));
    return std::move(pair.client);
  }
  net::Connection* add(UniqueFd fd, std::unique_ptr<net::Protocol> protocol) {
    return worker_.connections().add(std::make_unique<net::PlainTransport>(std::move(fd)),
                                     std::move(protocol));
  }

  // Ticks until it is so; false if that does not come to pass. The condition is asked every few
  // milliseconds, also while nothing happens.
  template <typename Condition>
  bool tick_until(Condition condition) {
    const auto deadline = time_.steady() + std::chrono::milliseconds{kPatienceMilliseconds};
    while (!condition()) {
      if (time_.steady() > deadline) return false;
      tick();
    }
    return true;
  }
  void tick() {
    heartbeat_.arm(std::chrono::milliseconds{4});
    worker_.tick();
    ++ticks_;
  }
  // As long as that, however many ticks it takes.
  void run_for(std::chrono::milliseconds time) {
    const auto end = time_.steady() + time;
    tick_until([&] { return time_.steady() >= end; });
  }

  net::Worker& worker() { return worker_; }
  int ticks() const { return ticks_; }

 private:
  void on_timer(net::Timer&) override {}

  const SystemTime time_;
  net::Worker worker_;
  net::Timer heartbeat_{worker_.loop().timers(), *this};
  int ticks_ = 0;
};

}  // namespace chatd::test
