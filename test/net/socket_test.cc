#include "net/socket.h"

#include "net/loopback.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <string>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace chatd::net {
namespace {

using test::connect_to;
using test::wait_readable;

bool has_ipv6() { return listen_tcp("::1", 0).has_value(); }

}  // namespace

TEST_SUITE("net") {
  TEST_CASE("port 0 gives a port of the system's choice, and its address is told") {
    const auto socket = listen_tcp("127.0.0.1", 0);
    REQUIRE(socket);
    const std::uint16_t port = local_port(socket->get());
    CHECK(port != 0);
    CHECK(local_address(socket->get()) == "127.0.0.1:" + std::to_string(port));
  }

  TEST_CASE("an accepted socket is ready for the loop and knows its peer") {
    const auto socket = listen_tcp("127.0.0.1", 0);
    REQUIRE(socket);
    CHECK(accept(socket->get()).error == EAGAIN);
    const UniqueFd client = connect_to(socket->get());
    REQUIRE(wait_readable(socket->get()));
    const Accepted accepted = accept(socket->get());
    REQUIRE(accepted.fd);
    CHECK(peer_address(accepted.fd.get()) == "127.0.0.1");
    CHECK((::fcntl(accepted.fd.get(), F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(accepted.fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(test::nodelay_of(accepted.fd.get()) == 1);
    set_nodelay(accepted.fd.get(), Nodelay::Off);
    CHECK(test::nodelay_of(accepted.fd.get()) == 0);
  }

  TEST_CASE("the kernel holds little for a peer that does not read") {
    const auto socket = listen_tcp("127.0.0.1", 0);
    REQUIRE(socket);
    const UniqueFd client = connect_to(socket->get());
    const int window = 4096;
    ::setsockopt(client.get(), SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
    REQUIRE(wait_readable(socket->get()));
    const Accepted accepted = accept(socket->get());
    REQUIRE(accepted.fd);
    const std::string piece(1024, 'x');
    std::size_t taken = 0;
    ssize_t sent = 0;
    while (sent >= 0 && taken < std::size_t{16} << 20) {
      taken += static_cast<std::size_t>(sent);
      sent = ::send(accepted.fd.get(), piece.data(), piece.size(), MSG_NOSIGNAL);
    }
    CHECK(errno == EAGAIN);
    CHECK(taken > piece.size());
    CHECK(taken < std::size_t{256} << 10);
  }

  TEST_CASE("IPv6 is listened on where the system has it") {
    if (!has_ipv6()) return;
    const auto socket = listen_tcp("::1", 0);
    const UniqueFd client = connect_to(socket->get());
    REQUIRE(wait_readable(socket->get()));
    const Accepted accepted = accept(socket->get());
    REQUIRE(accepted.fd);
    CHECK(peer_address(accepted.fd.get()) == "::1");
    CHECK(local_address(accepted.fd.get()).starts_with("[::1]:"));
  }

  TEST_CASE("an empty host takes IPv4 in, and shows an IPv4 peer as such") {
    const auto socket = listen_tcp("", 0);
    REQUIRE(socket);
    const UniqueFd client = test::connect_ipv4(local_port(socket->get()));
    REQUIRE(wait_readable(socket->get()));
    const Accepted accepted = accept(socket->get());
    REQUIRE(accepted.fd);
    CHECK(peer_address(accepted.fd.get()) == "127.0.0.1");
  }

  TEST_CASE("a name that has an IPv4 address is listened on there") {
    const auto socket = listen_tcp("localhost", 0);
    REQUIRE(socket);
    CHECK(local_address(socket->get()).starts_with("127.0.0.1:"));
  }

  TEST_CASE("a port that is taken is refused with its address and the reason") {
    const auto first = listen_tcp("127.0.0.1", 0);
    REQUIRE(first);
    const std::uint16_t port = local_port(first->get());
    const auto second = listen_tcp("127.0.0.1", port);
    REQUIRE_FALSE(second);
    CHECK(second.error().what ==
          "cannot listen on 127.0.0.1:" + std::to_string(port) + ": Address already in use");
    CHECK(second.error().code == EADDRINUSE);
    const auto every = listen_tcp("", port);
    if (!every) CHECK(every.error().what.starts_with("cannot listen on *:"));
  }

  TEST_CASE("an address that is not ours, and no address at all, are refused with a reason") {
    const auto foreign = listen_tcp("192.0.2.1", 0);
    REQUIRE_FALSE(foreign);
    CHECK(foreign.error().code == EADDRNOTAVAIL);
    const auto nonsense = listen_tcp("no such:host", 0);
    REQUIRE_FALSE(nonsense);
    CHECK(nonsense.error().what.starts_with("cannot listen on [no such:host]:0: "));
  }

  TEST_CASE("what is no IP socket has no address") {
    const auto [left, right] = test::local_pair();
    CHECK(peer_address(left.get()).empty());
    CHECK(local_address(left.get()).empty());
    CHECK(local_port(left.get()) == 0);
    CHECK(peer_address(-1).empty());
    set_nodelay(left.get(), Nodelay::On);
  }
}

}  // namespace chatd::net
