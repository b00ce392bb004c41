#pragma once
// Transport: how bytes get over a socket: as they are (PlainTransport), or encrypted (tls.h).
// Loop thread only; owned by a Connection.

#include "base/unique_fd.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <sys/uio.h>

namespace chatd::net {

enum class IoStatus {
  Done,        // `bytes` moved, one or more
  WouldBlock,  // none now; wait for the socket
  End,         // read: the peer has sent its last byte
  Failed,      // reset, or broken beyond use
};

struct IoResult {
  IoStatus status = IoStatus::WouldBlock;
  std::size_t bytes = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;

  virtual IoResult read(std::span<char> into) = 0;
  // The bytes as they lie in the socket: for what comes before encryption begins.
  virtual IoResult read_clear(std::span<char> into);
  virtual IoResult write(std::span<const iovec> slices) = 0;
  // True where send_file() can be used: bytes that are encrypted must pass through here.
  virtual bool sends_files() const { return false; }
  // Moves a file's bytes into the socket without reading them (sendfile(2)). Done with none of
  // them: the file ends before `offset`, or cannot be read.
  virtual IoResult send_file(int file, std::uint64_t offset, std::size_t bytes);
  // Ends our direction; the peer reads an end after what was written.
  virtual void shutdown_write() = 0;

  // The descriptor to watch; the transport owns it.
  virtual int fd() const = 0;
  virtual bool secure() const = 0;
  // True while bytes that read() would give lie here rather than in the socket: epoll cannot see
  // them.
  virtual bool has_unread() const { return false; }
  // True while bytes that write() has taken have not reached the socket: write() wants to be called
  // again, with no slices if there is nothing new.
  virtual bool has_unwritten() const { return false; }
  // True while write() can do nothing before the peer has sent something (a handshake): wait for
  // the socket's input, not for room in it.
  virtual bool awaits_peer() const { return false; }
  // As Connection::peer_address().
  virtual std::string peer_address() const;
  // False while the peer has yet to say whom it comes from, for which it has a moment only.
  virtual bool introduced() const { return true; }
};

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(UniqueFd fd) : fd_(std::move(fd)) {}

  IoResult read(std::span<char> into) override { return read_clear(into); }
  IoResult write(std::span<const iovec> slices) override;
  bool sends_files() const override { return true; }
  IoResult send_file(int file, std::uint64_t offset, std::size_t bytes) override;
  void shutdown_write() override;
  int fd() const override { return fd_.get(); }
  bool secure() const override { return false; }

 private:
  const UniqueFd fd_;
};

}  // namespace chatd::net
