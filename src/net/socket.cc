#include "net/socket.h"

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace chatd::net {

namespace {

constexpr int kBacklog = 4096;
// What the kernel may hold for a peer whose window is closed. Its own bound is megabytes each, and
// what has to wait can wait with us: a room's log is there once for all who are behind.
constexpr int kUnsentBytes = 64 << 10;

struct AddressList {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

struct Address {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  sockaddr* as_sockaddr() { return reinterpret_cast<sockaddr*>(&storage); }
  bool is_ipv4() const { return storage.ss_family == AF_INET; }
  bool is_ipv6() const { return storage.ss_family == AF_INET6; }
  const sockaddr_in& ipv4() const { return reinterpret_cast<const sockaddr_in&>(storage); }
  const sockaddr_in6& ipv6() const { return reinterpret_cast<const sockaddr_in6&>(storage); }
};

std::string host_of(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.is_ipv4()) {
    ::inet_ntop(AF_INET, &address.ipv4().sin_addr, text.data(), text.size());
  } else if (address.is_ipv6() && IN6_IS_ADDR_V4MAPPED(&address.ipv6().sin6_addr)) {
    ::inet_ntop(AF_INET, &address.ipv6().sin6_addr.s6_addr[12], text.data(), text.size());
  } else if (address.is_ipv6()) {
    ::inet_ntop(AF_INET6, &address.ipv6().sin6_addr, text.data(), text.size());
  }
  return text.data();
}

std::uint16_t port_of(const Address& address) {
  if (address.is_ipv4()) return ntohs(address.ipv4().sin_port);
  if (address.is_ipv6()) return ntohs(address.ipv6().sin6_port);
  return 0;
}

Address bound_address(int fd) {
  Address address;
  if (::getsockname(fd, address.as_sockaddr(), &address.size) != 0) return {};
  return address;
}

void set_option(int fd, int level, int option, int value) {
  static_cast<void>(::setsockopt(fd, level, option, &value, sizeof value));
}

// The failure is an errno.
Result<UniqueFd, int> listen_on(const addrinfo& where) {
  UniqueFd fd(::socket(where.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return Failure{errno};
  set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  // Sockets that are accepted inherit these two: calls less for each of them.
  set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd.get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, kUnsentBytes);
  if (where.ai_family == AF_INET6) set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (::bind(fd.get(), where.ai_addr, where.ai_addrlen) != 0) return Failure{errno};
  if (::listen(fd.get(), kBacklog) != 0) return Failure{errno};
  return fd;
}

// The addresses that a host's name stands for, IPv4 first; or why there are none.
Result<std::unique_ptr<addrinfo, AddressList>, std::string> resolve(const std::string& host,
                                                                    std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failed == EAI_SYSTEM) return Failure{std::generic_category().message(errno)};
  if (failed != 0) return Failure{std::string(::gai_strerror(failed))};
  return std::unique_ptr<addrinfo, AddressList>(found);
}

// Listens on the first address that can be had.
Result<UniqueFd, int> listen_on_any(const addrinfo* addresses) {
  int error = EADDRNOTAVAIL;
  for (const int family : {AF_INET, AF_INET6}) {
    for (const addrinfo* where = addresses; where != nullptr; where = where->ai_next) {
      if (where->ai_family != family) continue;
      auto listening = listen_on(*where);
      if (listening) return listening;
      error = listening.error();
      // Another family would be another door than the one that was asked for.
      if (error == EADDRINUSE || error == EACCES) return Failure{error};
    }
  }
  return Failure{error};
}

// True for the errors of a peer that has gone again before we took it, or that lie on its way:
// accept(2) says to go on with the next.
bool concerns_one_peer(int error) {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case ENETDOWN:
    case EPROTO:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case ENETUNREACH: return true;
    default: return false;
  }
}

std::string shown(const std::string& host, std::uint16_t port) {
  const std::string name = host.empty()                          ? "*"
                           : host.find(':') != std::string::npos ? "[" + host + "]"
                                                                 : host;
  return name + ":" + std::to_string(port);
}

}  // namespace

Result<UniqueFd> listen_tcp(const std::string& host, std::uint16_t port) {
  const std::string cannot = "cannot listen on " + shown(host, port) + ": ";
  // "::" takes IPv4 in too; where the kernel has no IPv6, "0.0.0.0" is the next best.
  const auto names = host.empty() ? std::vector<std::string>{"::", "0.0.0.0"} : std::vector{host};
  int error = 0;
  for (const std::string& name : names) {
    const auto addresses = resolve(name, port);
    if (!addresses) return Failure{Error{cannot + addresses.error(), 0}};
    auto listening = listen_on_any(addresses->get());
    if (listening) return std::move(*listening);
    error = listening.error();
    if (error == EADDRINUSE || error == EACCES) break;
  }
  return Failure{Error{cannot + std::generic_category().message(error), error}};
}

std::string local_address(int fd) {
  const Address address = bound_address(fd);
  if (!address.is_ipv4() && !address.is_ipv6()) return {};
  return shown(host_of(address), port_of(address));
}

std::uint16_t local_port(int fd) { return port_of(bound_address(fd)); }

std::string peer_address(int fd) {
  Address address;
  if (::getpeername(fd, address.as_sockaddr(), &address.size) != 0) return {};
  return host_of(address);
}

void set_nodelay(int fd, Nodelay nodelay) {
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, nodelay == Nodelay::On ? 1 : 0);
}

Accepted accept(int listening_fd) {
  while (true) {
    UniqueFd fd(::accept4(listening_fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd) return {std::move(fd), 0};
    if (!concerns_one_peer(errno)) return {{}, errno};
  }
}

}  // namespace chatd::net
