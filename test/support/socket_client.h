#pragma once
// SocketClient: a TCP client of the simplest kind, with a deadline on all that waits.

#include "base/unique_fd.h"

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace chatd::test {

class SocketClient {
 public:
  explicit SocketClient(std::uint16_t port)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot connect");
    }
  }

  // All of it; false when the server has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  // Until what was received ends with or contains `mark`; returns all up to and with it. What
  // follows stays for the next call. Throws when the server closes or the deadline passes before.
  std::string read_until(std::string_view mark) {
    while (true) {
      if (const auto at = buffer_.find(mark); at != std::string::npos)
        return take(at + mark.size());
      if (!receive()) throw std::runtime_error("closed before '" + std::string(mark) + "'");
    }
  }

  std::string read_exactly(std::size_t count) {
    while (buffer_.size() < count) {
      if (!receive()) throw std::runtime_error("closed too early");
    }
    return take(count);
  }

  // All until the server closes.
  std::string read_to_end() {
    while (receive()) {
    }
    return take(buffer_.size());
  }

  void end() { ::shutdown(fd_.get(), SHUT_WR); }
  int fd() const { return fd_.get(); }
  // Bytes that were received and not asked for yet.
  std::size_t buffered() const { return buffer_.size(); }

 private:
  // False at the end.
  bool receive() {
    pollfd ready{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(kPatience).count();
    if (::poll(&ready, 1, static_cast<int>(wait)) != 1) throw std::runtime_error("nothing came");
    char bytes[16384];
    const ssize_t count = ::recv(fd_.get(), bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(count));
    return true;
  }

  std::string take(std::size_t count) {
    std::string taken = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return taken;
  }

  static constexpr std::chrono::seconds kPatience{20};

  UniqueFd fd_;
  std::string buffer_;
};

}  // namespace chatd::test
