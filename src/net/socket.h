#pragma once
// System calls on sockets, with their errors told. Any thread. What is opened is CLOEXEC and
// NONBLOCK from birth.

#include "base/result.h"
#include "base/unique_fd.h"

#include <cstdint>
#include <string>

namespace chatd::net {

// Listens for TCP. An empty host means every address of the machine, of IPv6 and IPv4 alike; of a
// name that stands for several ("localhost") the first that can be had is taken, IPv4 before IPv6.
// Port 0 lets the system choose. The error says what could not be done and why: "cannot listen on
// 127.0.0.1:80: Permission denied".
Result<UniqueFd> listen_tcp(const std::string& host, std::uint16_t port);

// The address that a socket is bound to: "127.0.0.1:8888", "[::1]:8888".
std::string local_address(int fd);
// The port of that address; 0 for what is no IP socket.
std::uint16_t local_port(int fd);
// The peer's address without its port: "192.0.2.1", "2001:db8::1"; an IPv4-mapped one as IPv4.
// Empty for what is no IP socket.
std::string peer_address(int fd);

enum class Nodelay { Off, On };
// TCP_NODELAY; nothing on what is no TCP socket.
void set_nodelay(int fd, Nodelay nodelay);

struct Accepted {
  UniqueFd fd;    // empty if none was taken
  int error = 0;  // the errno then; EAGAIN when nobody waits
};
// Takes the next waiting peer. From a socket of listen_tcp() it has TCP_NODELAY on, and the kernel
// holds but 64 KiB that are unsent (TCP_NOTSENT_LOWAT).
Accepted accept(int listening_fd);

}  // namespace chatd::net
