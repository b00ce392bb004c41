#pragma once
// Member: one client: it connects, logs in if the server asks for it, upgrades, then talks.
// One thread; owned by the Crowd.

#include "bench/frame_reader.h"
#include "bench/socket.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace chatd::bench {

// How a member gets in.
enum class Login {
  None,   // the WebSocket takes everyone
  Form,   // POST /login first, for the cookie: chatd's, and the tutorial's
  First,  // the same, but all log in before anybody enters, on connections of their own
};

class Member {
 public:
  enum class State { Connecting, LoggingIn, Upgrading, Open, Closed };
  struct Entrance {
    Login login = Login::None;
    std::string nickname;
    std::string cookie;  // of a login that was before
    bool offers_deflate = false;
  };

  Member(const Target& target, Entrance entrance);

  // The connection has something to do. Each whole frame that came goes to `on_frame(frame)`.
  template <typename OnFrame>
  void on_ready(std::span<char> scratch, OnFrame on_frame);

  // A text message: it is queued, and goes out with flush().
  void say(std::string_view text);
  void answer_ping(std::string_view payload);
  // False when the socket takes no more: then it is to be called again once writable.
  bool flush();

  State state() const { return state_; }
  // Why it is Closed, when it should not be.
  const std::string& complaint() const { return complaint_; }
  bool deflates() const { return deflates_; }
  // What the login gave, of one whose Login is First and which has no cookie yet: that is all it is
  // for, and then it is Closed.
  const std::string& cookie() const { return cookie_; }
  int fd() const { return socket_->fd(); }
  void close();

 private:
  void greet();
  void take_answer();
  void take_login(std::string_view head);
  void take_upgrade(std::string_view head);
  void upgrade(std::string_view cookie);
  void queue_frame(unsigned opcode, std::string_view payload);
  void end(std::string complaint);

  const Target& target_;
  const Entrance entrance_;
  std::optional<Socket> socket_;  // none once closed
  State state_ = State::Connecting;
  bool deflates_ = false;
  std::uint32_t mask_ = 0x2545F491;
  std::string pending_;  // what came of a head or a frame that is not whole
  std::string out_;
  std::string complaint_;
  std::string cookie_;
};

template <typename OnFrame>
void Member::on_ready(std::span<char> scratch, OnFrame on_frame) {
  if (state_ == State::Connecting) greet();
  while (state_ != State::Closed) {
    const long count = socket_->read(scratch);
    if (count == Socket::kAgain) break;
    if (count == Socket::kEnd) return end("the server closed the connection");
    std::string_view bytes{scratch.data(), static_cast<std::size_t>(count)};
    if (state_ != State::Open) {
      pending_ += bytes;
      take_answer();
      if (state_ != State::Open) continue;
      bytes = {};
    }
    if (!pending_.empty()) {
      pending_ += bytes;
      pending_.erase(0, read_frames(pending_, on_frame));
    } else {
      const std::size_t taken = read_frames(bytes, on_frame);
      pending_ = bytes.substr(taken);
    }
    if (!socket_->hides_bytes()) break;
  }
}

}  // namespace chatd::bench
