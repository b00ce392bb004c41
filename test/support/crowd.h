#pragma once
// Crowd: many chat members in one thread, on an epoll of its own. It keeps what each of them hears,
// in order.

#include "support/socket_client.h"
#include "web/signed_value.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/epoll.h>

namespace chatd::test {

// A client's text frame, masked with zeros, which is a mask as good as any for a server.
inline std::string masked_text(std::string_view text) {
  std::string frame = "\x81";
  if (text.size() < 126) {
    frame += static_cast<char>(0x80 | text.size());
  } else {
    frame += static_cast<char>(0x80 | 126);
    frame += static_cast<char>(text.size() >> 8);
    frame += static_cast<char>(text.size() & 0xFF);
  }
  return frame.append(4, '\0').append(text);
}

class Crowd {
 public:
  // Called for each message that a member hears.
  using Hear = std::function<void(std::size_t member, std::string_view text)>;

  // Members "m0", "m1", … with cookies signed by that secret.
  Crowd(std::uint16_t port, std::string_view secret, std::size_t count, Hear hear)
      : hear_(std::move(hear)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (std::size_t index = 0; index < count; ++index) {
      connect(port, secret, index);
      pump(std::chrono::milliseconds{0});
    }
  }

  // Queues a message of that member; it goes out as the server takes it.
  void say(std::size_t member, std::string_view text) {
    members_[member]->outgoing += masked_text(text);
    write(*members_[member]);
  }

  // Reads and writes until `done` says so. Throws after `patience`.
  void run_until(const std::function<bool()>& done, std::chrono::seconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("not done in time");
      pump(std::chrono::milliseconds{100});
    }
  }

  // Stops reading for one member, for good.
  void stall(std::size_t member) {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, members_[member]->client.fd(), nullptr);
    members_[member]->stalled = true;
  }

  bool closed(std::size_t member) const { return members_[member]->closed; }

 private:
  struct Member {
    explicit Member(std::uint16_t port) : client(port) {}
    SocketClient client;
    std::string incoming;
    std::string outgoing;
    bool closed = false;
    bool stalled = false;
  };

  void connect(std::uint16_t port, std::string_view secret, std::size_t index) {
    auto member = std::make_unique<Member>(port);
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const std::string cookie =
        web::create_signed_value(secret, "nickname", "m" + std::to_string(index), now);
    member->client.send(
        "GET /chat HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: nickname=" +
        cookie + "\r\n\r\n");
    const std::string head = member->client.read_until("\r\n\r\n");
    if (!head.starts_with("HTTP/1.1 101")) throw std::runtime_error(head);
    member->incoming = member->client.read_exactly(member->client.buffered());
    const int fd = member->client.fd();
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    members_.push_back(std::move(member));
    watch(index, EPOLL_CTL_ADD);
  }

  void watch(std::size_t index, int verb) {
    epoll_event event{};
    event.events = EPOLLIN;
    if (!members_[index]->outgoing.empty()) event.events |= EPOLLOUT;
    event.data.u64 = index;
    ::epoll_ctl(epoll_.get(), verb, members_[index]->client.fd(), &event);
  }

  void pump(std::chrono::milliseconds wait) {
    for (std::size_t index = 0; index < members_.size(); ++index) {
      if (!members_[index]->outgoing.empty()) watch(index, EPOLL_CTL_MOD);
    }
    epoll_event events[256];
    const int count = ::epoll_wait(epoll_.get(), events, 256, static_cast<int>(wait.count()));
    for (int i = 0; i < count; ++i) {
      const std::size_t index = events[i].data.u64;
      if ((events[i].events & EPOLLOUT) != 0) {
        write(*members_[index]);
        if (members_[index]->outgoing.empty()) watch(index, EPOLL_CTL_MOD);
      }
      if ((events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read(index);
    }
  }

  void write(Member& member) {
    const ssize_t count = ::send(member.client.fd(), member.outgoing.data(), member.outgoing.size(),
                                 MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) member.outgoing.erase(0, static_cast<std::size_t>(count));
  }

  void read(std::size_t index) {
    Member& member = *members_[index];
    char bytes[65536];
    const ssize_t count = ::recv(member.client.fd(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (count <= 0) {
      if (count == 0 || errno != EAGAIN) {
        member.closed = true;
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, member.client.fd(), nullptr);
      }
      return;
    }
    member.incoming.append(bytes, static_cast<std::size_t>(count));
    std::size_t at = 0;
    while (const std::size_t size = frame_size(member.incoming, at)) {
      const std::string_view frame = std::string_view(member.incoming).substr(at, size);
      const std::size_t header = static_cast<unsigned char>(frame[1]) < 126 ? 2 : 4;
      if (frame[0] == '\x81') hear_(index, frame.substr(header));
      at += size;
    }
    member.incoming.erase(0, at);
  }

  // 0 while the frame is not whole. Frames above 64 KiB do not occur here.
  static std::size_t frame_size(const std::string& bytes, std::size_t at) {
    if (bytes.size() - at < 2) return 0;
    std::size_t size = static_cast<unsigned char>(bytes[at + 1]);
    std::size_t header = 2;
    if (size == 126) {
      if (bytes.size() - at < 4) return 0;
      header = 4;
      size = static_cast<std::size_t>(static_cast<unsigned char>(bytes[at + 2])) << 8 |
             static_cast<unsigned char>(bytes[at + 3]);
    }
    return bytes.size() - at < header + size ? 0 : header + size;
  }

  const Hear hear_;
  const UniqueFd epoll_;
  std::vector<std::unique_ptr<Member>> members_;
};

}  // namespace chatd::test
