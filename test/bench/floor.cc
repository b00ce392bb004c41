// floor: the least that a server can do for a room, in one thread on bare epoll: what the others
// are measured against. It trusts its peers, keeps no order but the arrival's, and drops nobody.
//
// usage: floor PORT [each | tick | WAIT_MS]
//   each     each delivery its own send
//   tick     what came in one tick in one send a member (the default)
//   WAIT_MS  the same, and a tick's deliveries wait for up to so many milliseconds for more

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/unique_fd.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

namespace {

using namespace chatd;
using Clock = std::chrono::steady_clock;

struct Peer {
  UniqueFd fd;
  bool open = false;                                     // upgraded
  std::string inbox;                                     // what is not a whole frame yet
  std::string unsent;                                    // what the socket did not take
  std::vector<std::pair<std::size_t, std::size_t>> own;  // its own frames in this tick's batch
};

enum class Sending { Each, Tick };

class Floor {
 public:
  Floor(std::uint16_t port, Sending sending, std::chrono::milliseconds wait);
  [[noreturn]] void run();

 private:
  void accept_all();
  void read(Peer& peer);
  bool upgrade(Peer& peer);
  void take_frames(Peer& peer, std::string& bytes);
  void broadcast(Peer& author, std::string_view text);
  void send_batch();
  void send_some(Peer& peer, std::string_view bytes);
  void flush(Peer& peer);
  void watch(Peer& peer, int operation, std::uint32_t events);
  void drop(Peer& peer);

  const Sending sending_;
  const std::chrono::milliseconds wait_;
  UniqueFd epoll_;
  UniqueFd listener_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::vector<Peer*> spoke_;  // in this tick
  std::string batch_;         // this tick's frames
  std::optional<Clock::time_point> due_;
  std::array<char, 256 << 10> scratch_;
};

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

Floor::Floor(std::uint16_t port, Sending sending, std::chrono::milliseconds wait)
    : sending_(sending),
      wait_(wait),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  const int on = 1;
  ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_.get(), 4096) != 0) {
    die("floor: bind");
  }
  epoll_event event{};
  event.events = EPOLLIN;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listener_.get(), &event);
}

void Floor::run() {
  std::array<epoll_event, 512> events;  // NOLINT: the kernel fills it
  while (true) {
    int wait = -1;
    if (due_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due_ - Clock::now());
      wait = static_cast<int>(std::max<std::int64_t>(0, left.count()));
    }
    const int ready = ::epoll_wait(epoll_.get(), events.data(), events.size(), wait);
    for (int at = 0; at < ready; ++at) {
      const epoll_event& event = events[static_cast<std::size_t>(at)];
      auto* const peer = static_cast<Peer*>(event.data.ptr);
      if (peer == nullptr) {
        accept_all();
      } else if (peer->fd) {
        if ((event.events & EPOLLOUT) != 0) flush(*peer);
        if ((event.events & ~EPOLLOUT) != 0) read(*peer);
      }
    }
    if (batch_.empty()) continue;
    if (!due_) due_ = Clock::now() + wait_;
    if (Clock::now() >= *due_) send_batch();
  }
}

void Floor::accept_all() {
  while (true) {
    UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) return;
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    peers_.push_back(std::make_unique<Peer>());
    peers_.back()->fd = std::move(fd);
    watch(*peers_.back(), EPOLL_CTL_ADD, EPOLLIN);
  }
}

void Floor::read(Peer& peer) {
  const ssize_t count = ::recv(peer.fd.get(), scratch_.data(), scratch_.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) return drop(peer);
  peer.inbox.append(scratch_.data(), static_cast<std::size_t>(count));
  if (!peer.open && !upgrade(peer)) return;
  take_frames(peer, peer.inbox);
}

bool Floor::upgrade(Peer& peer) {
  const std::size_t end = peer.inbox.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  constexpr std::string_view kName = "Sec-WebSocket-Key: ";
  const std::size_t key = peer.inbox.find(kName) + kName.size();
  const std::string wanted = peer.inbox.substr(key, peer.inbox.find('\r', key) - key);
  const std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: " +
      base64_encode(sha1(wanted + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) + "\r\n\r\n";
  peer.inbox.erase(0, end + 4);
  peer.open = true;
  send_some(peer, answer);
  return true;
}

// Masked frames of clients, unfragmented.
void Floor::take_frames(Peer& peer, std::string& bytes) {
  const auto byte = [&bytes](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  std::size_t at = 0;
  while (bytes.size() - at >= 6) {
    std::size_t head = 2;
    std::size_t length = byte(at + 1) & 0x7FU;
    if (length >= 126) {
      const std::size_t wide = length == 126 ? 2 : 8;
      if (bytes.size() - at < head + wide) break;
      length = 0;
      for (std::size_t i = 0; i < wide; ++i) length = length << 8 | byte(at + 2 + i);
      head += wide;
    }
    if (bytes.size() - at - head < 4 + length) break;
    std::uint64_t mask = 0;
    std::memcpy(&mask, &bytes[at + head], 4);
    mask |= mask << 32;
    char* const text = &bytes[at + head + 4];
    std::size_t done = 0;
    for (; done + 8 <= length; done += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, text + done, 8);
      word ^= mask;
      std::memcpy(text + done, &word, 8);
    }
    for (; done < length; ++done) text[done] ^= static_cast<char>(mask >> (8 * (done % 8)));
    const unsigned opcode = byte(at) & 0x0FU;
    if (opcode == 8) return drop(peer);
    if (opcode == 1) broadcast(peer, {text, length});
    at += head + 4 + length;
  }
  bytes.erase(0, at);
}

void Floor::broadcast(Peer& author, std::string_view text) {
  const std::size_t begin = batch_.size();
  batch_ += static_cast<char>(0x81);
  if (text.size() < 126) {
    batch_ += static_cast<char>(text.size());
  } else {
    const unsigned wide = text.size() <= 0xFFFF ? 2 : 8;
    batch_ += static_cast<char>(wide == 2 ? 126 : 127);
    for (unsigned at = wide; at-- > 0;) {
      batch_ += static_cast<char>(std::uint64_t{text.size()} >> (8 * at) & 0xFF);
    }
  }
  batch_ += text;
  if (author.own.empty()) spoke_.push_back(&author);
  author.own.emplace_back(begin, batch_.size());
  if (sending_ == Sending::Each) send_batch();
}

void Floor::send_batch() {
  for (const auto& peer : peers_) {
    if (!peer->open || !peer->fd) continue;
    if (peer->own.empty()) {
      send_some(*peer, batch_);
      continue;
    }
    std::string others;
    std::size_t from = 0;
    for (const auto& [begin, end] : peer->own) {
      others.append(batch_, from, begin - from);
      from = end;
    }
    others.append(batch_, from);
    if (!others.empty()) send_some(*peer, others);
  }
  for (Peer* const peer : spoke_) peer->own.clear();
  spoke_.clear();
  batch_.clear();
  due_.reset();
}

void Floor::send_some(Peer& peer, std::string_view bytes) {
  if (peer.unsent.empty()) {
    const ssize_t sent = ::send(peer.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    if (bytes.empty()) return;
    watch(peer, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
  }
  peer.unsent += bytes;
}

void Floor::flush(Peer& peer) {
  const ssize_t sent = ::send(peer.fd.get(), peer.unsent.data(), peer.unsent.size(), MSG_NOSIGNAL);
  if (sent > 0) peer.unsent.erase(0, static_cast<std::size_t>(sent));
  if (peer.unsent.empty()) watch(peer, EPOLL_CTL_MOD, EPOLLIN);
}

void Floor::watch(Peer& peer, int operation, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &peer;
  if (::epoll_ctl(epoll_.get(), operation, peer.fd.get(), &event) != 0) die("floor: epoll_ctl");
}

// The Peer stays where it is, for events of this tick that still name it: runs are short.
void Floor::drop(Peer& peer) {
  peer.fd.reset();
  peer.open = false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::fputs("usage: floor PORT [each | tick | WAIT_MS]\n", stderr);
    return 2;
  }
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const std::string_view how = argc == 3 ? argv[2] : "tick";
  const bool is_word = how == "each" || how == "tick";
  Floor(static_cast<std::uint16_t>(std::atoi(argv[1])),
        how == "each" ? Sending::Each : Sending::Tick,
        std::chrono::milliseconds{is_word ? 0 : std::atoi(argv[2])})
      .run();
}
