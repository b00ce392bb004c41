#pragma once
// FakeTransport: a socket without a socket. The test is the peer: it says what arrives and how much
// may be written, reads what was written, and lets calls fail. An eventfd stands in for the
// descriptor.

#include "base/unique_fd.h"
#include "net/transport.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

namespace chatd::test {

// The peer's end, which outlives the connection.
struct FakePeer {
  // What the server has written and the test has not taken.
  std::string received;
  // How many bytes the "socket" still takes; 0 blocks the writer.
  std::size_t write_room = std::numeric_limits<std::size_t>::max();
  // Calls of write() so far, and which one (from 1) shall fail; 0: none.
  int writes = 0;
  int failing_write = 0;
  // What else a write() does: it may let time pass.
  std::function<void()> on_write = [] {};
  // Whether the "socket" takes files as they are.
  bool takes_files = false;
  bool ended = false;         // the server has ended its direction (FIN)
  bool disconnected = false;  // the transport is gone: the connection was buried

  // The peer sends.
  void send(std::string_view bytes) {
    incoming.append(bytes);
    signal();
  }
  // The peer ends its direction.
  void end() {
    incoming_ended = true;
    signal();
  }
  // The peer resets the connection.
  void reset() {
    broken = true;
    signal();
  }
  std::string take() { return std::exchange(received, {}); }

  void signal() const {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(event.get(), &one, sizeof one));
  }

  std::string incoming;
  bool incoming_ended = false;
  bool broken = false;
  UniqueFd event{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
};

class FakeTransport final : public net::Transport {
 public:
  explicit FakeTransport(std::shared_ptr<FakePeer> peer) : peer_(std::move(peer)) {}
  ~FakeTransport() override { peer_->disconnected = true; }

  net::IoResult read(std::span<char> into) override {
    if (peer_->broken) return {.status = net::IoStatus::Failed};
    if (!peer_->incoming.empty()) {
      const std::size_t count = std::min(into.size(), peer_->incoming.size());
      std::memcpy(into.data(), peer_->incoming.data(), count);
      peer_->incoming.erase(0, count);
      return {.status = net::IoStatus::Done, .bytes = count};
    }
    if (peer_->incoming_ended) return {.status = net::IoStatus::End};
    std::uint64_t count = 0;
    static_cast<void>(!::read(peer_->event.get(), &count, sizeof count));
    return {.status = net::IoStatus::WouldBlock};
  }

  net::IoResult read_clear(std::span<char> into) override { return read(into); }

  net::IoResult write(std::span<const iovec> slices) override {
    peer_->on_write();
    if (++peer_->writes == peer_->failing_write || peer_->broken) {
      return {.status = net::IoStatus::Failed};
    }
    std::size_t written = 0;
    for (const iovec& slice : slices) {
      const std::size_t count = std::min(slice.iov_len, peer_->write_room);
      peer_->received.append(static_cast<const char*>(slice.iov_base), count);
      peer_->write_room -= count;
      written += count;
    }
    if (written == 0 && !slices.empty()) return {.status = net::IoStatus::WouldBlock};
    return {.status = net::IoStatus::Done, .bytes = written};
  }

  bool sends_files() const override { return peer_->takes_files; }
  net::IoResult send_file(int file, std::uint64_t offset, std::size_t bytes) override {
    if (peer_->broken) return {.status = net::IoStatus::Failed};
    std::string piece(std::min(bytes, peer_->write_room), '\0');
    if (piece.empty()) return {.status = net::IoStatus::WouldBlock};
    const ssize_t count = ::pread(file, piece.data(), piece.size(), static_cast<off_t>(offset));
    piece.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    peer_->received += piece;
    peer_->write_room -= piece.size();
    return {.status = net::IoStatus::Done, .bytes = piece.size()};
  }

  void shutdown_write() override { peer_->ended = true; }
  int fd() const override { return peer_->event.get(); }
  bool secure() const override { return secure_; }

  bool secure_ = false;

 private:
  std::shared_ptr<FakePeer> peer_;
};

}  // namespace chatd::test
