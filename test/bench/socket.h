#pragma once
// Socket: a client's connection, plain or TLS, that never blocks. One thread; owned by a Member.

#include "base/unique_fd.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct ssl_st;

namespace chatd::bench {

// Where the server is: ws://HOST:PORT/PATH or wss://…, with an IPv4 address or localhost.
struct Target {
  std::string host;
  unsigned port = 0;
  std::string path;
  bool tls = false;

  // Throws std::runtime_error for what is no such URL.
  static Target parse(std::string_view url);
  std::string authority() const { return host + ":" + std::to_string(port); }
};

class Socket {
 public:
  // Begins to connect. Throws std::system_error when there is no descriptor or no port left.
  explicit Socket(const Target& target);

  // What was read into or written from the bytes: a count above 0, kAgain, or kEnd when the
  // connection is over.
  static constexpr long kAgain = 0;
  static constexpr long kEnd = -1;
  long read(std::span<char> into);
  long write(std::string_view bytes);

  // Decrypted bytes lie here that epoll does not know of: read until kAgain.
  bool hides_bytes() const { return tls_ != nullptr; }
  int fd() const { return fd_.get(); }

 private:
  struct FreeTls {
    void operator()(ssl_st* tls) const;
  };

  UniqueFd fd_;
  std::unique_ptr<ssl_st, FreeTls> tls_;  // null for a plain one
};

}  // namespace chatd::bench
