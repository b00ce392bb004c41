#include "net/transport.h"

#include "net/socket.h"

#include <cerrno>

#include <sys/sendfile.h>
#include <sys/socket.h>

namespace chatd::net {

namespace {

IoResult from_errno() {
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {.status = IoStatus::WouldBlock};
  return {.status = IoStatus::Failed};
}

template <typename SystemCall>
ssize_t retried(SystemCall call) {
  ssize_t count = 0;
  do {
    count = call();
  } while (count < 0 && errno == EINTR);
  return count;
}

}  // namespace

IoResult Transport::read_clear(std::span<char> into) {
  const int socket = fd();
  const ssize_t count = retried([=] { return ::recv(socket, into.data(), into.size(), 0); });
  if (count < 0) return from_errno();
  if (count == 0) return {.status = IoStatus::End};
  return {.status = IoStatus::Done, .bytes = static_cast<std::size_t>(count)};
}

IoResult Transport::send_file(int, std::uint64_t, std::size_t) {
  return {.status = IoStatus::Failed};
}

std::string Transport::peer_address() const { return net::peer_address(fd()); }

IoResult PlainTransport::write(std::span<const iovec> slices) {
  if (slices.empty()) return {.status = IoStatus::Done};
  const ssize_t count = retried([&] {
    // One slice is the common case of a broadcast, and send() spares the kernel the import of
    // iovecs.
    if (slices.size() == 1) {
      return ::send(fd_.get(), slices[0].iov_base, slices[0].iov_len, MSG_NOSIGNAL);
    }
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(slices.data());
    message.msg_iovlen = slices.size();
    return ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
  });
  if (count < 0) return from_errno();
  return {.status = IoStatus::Done, .bytes = static_cast<std::size_t>(count)};
}

// sendfile() knows no MSG_NOSIGNAL: web::Server ignores SIGPIPE for it, as for OpenSSL.
IoResult PlainTransport::send_file(int file, std::uint64_t offset, std::size_t bytes) {
  auto position = static_cast<off_t>(offset);
  const ssize_t count = retried([&] { return ::sendfile(fd_.get(), file, &position, bytes); });
  if (count >= 0) return {.status = IoStatus::Done, .bytes = static_cast<std::size_t>(count)};
  // The file's fault, and not the socket's.
  if (errno == EIO || errno == EINVAL) return {.status = IoStatus::Done};
  return from_errno();
}

void PlainTransport::shutdown_write() {
  // It fails only when the peer has reset already, which the next read tells.
  static_cast<void>(::shutdown(fd_.get(), SHUT_WR));
}

}  // namespace chatd::net
