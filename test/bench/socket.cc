#include "bench/socket.h"

#include "base/text.h"

#include <openssl/ssl.h>

#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace chatd::bench {

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// It connects to test servers only: whose certificate it is does not matter.
SSL_CTX* tls_context() {
  static const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{
      SSL_CTX_new(TLS_client_method()), &SSL_CTX_free};
  if (!context) throw std::runtime_error("OpenSSL has no memory");
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  return context.get();
}

long outcome(ssl_st* tls, int result) {
  if (result > 0) return result;
  const int error = SSL_get_error(tls, result);
  const bool again = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
  return again ? Socket::kAgain : Socket::kEnd;
}

long outcome(ssize_t result) {
  if (result > 0) return result;
  const bool again = result < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN ||
                                    errno == EINPROGRESS);
  return again ? Socket::kAgain : Socket::kEnd;
}

}  // namespace

Target Target::parse(std::string_view url) {
  Target target;
  const auto take = [&url](std::string_view scheme) {
    if (!url.starts_with(scheme)) return false;
    url.remove_prefix(scheme.size());
    return true;
  };
  if (take("wss://")) {
    target.tls = true;
  } else if (!take("ws://")) {
    throw std::runtime_error("the URL must begin with ws:// or wss://");
  }
  const std::size_t slash = url.find('/');
  target.path = slash == url.npos ? "/" : std::string(url.substr(slash));
  const std::string_view authority = url.substr(0, slash);
  const std::size_t colon = authority.rfind(':');
  target.host = authority.substr(0, colon);
  if (target.host == "localhost") target.host = "127.0.0.1";
  target.port = target.tls ? 443 : 80;
  if (colon != authority.npos)
    target.port = to_number<unsigned>(authority.substr(colon + 1)).value_or(0);
  in_addr address{};
  if (target.port == 0 || target.port > 65535 ||
      ::inet_pton(AF_INET, target.host.c_str(), &address) != 1) {
    throw std::runtime_error("the URL must name an IPv4 address (or localhost) and a port");
  }
  return target;
}

void Socket::FreeTls::operator()(ssl_st* tls) const { SSL_free(tls); }

Socket::Socket(const Target& target)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  if (!fd_) fail("socket");
  const int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(target.port));
  ::inet_pton(AF_INET, target.host.c_str(), &address.sin_addr);
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno != EINPROGRESS) {
    fail("connect");
  }
  if (!target.tls) return;
  tls_.reset(SSL_new(tls_context()));
  if (!tls_ || SSL_set_fd(tls_.get(), fd_.get()) != 1) throw std::runtime_error("SSL_new failed");
  SSL_set_connect_state(tls_.get());
}

long Socket::read(std::span<char> into) {
  if (tls_)
    return outcome(tls_.get(), SSL_read(tls_.get(), into.data(), static_cast<int>(into.size())));
  return outcome(::recv(fd_.get(), into.data(), into.size(), 0));
}

long Socket::write(std::string_view bytes) {
  if (tls_)
    return outcome(tls_.get(), SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())));
  return outcome(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

}  // namespace chatd::bench
