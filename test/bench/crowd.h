#pragma once
// Crowd: all members of a run on one epoll loop, and what they hear, written into the ledger.
// One thread; owned by main.

#include "base/unique_fd.h"
#include "bench/inflate_cache.h"
#include "bench/ledger.h"
#include "bench/member.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace chatd::bench {

struct CrowdOptions {
  Target target;
  Login login = Login::None;
  std::size_t members = 2;
  std::size_t speakers = 1;
  std::size_t stalled = 0;  // the last so many stop to read once all are in
  std::size_t bytes = 64;   // of a message, as it is delivered
  bool deflate = false;
};

class Crowd {
 public:
  // Throws std::system_error when there is no descriptor left.
  explicit Crowd(const CrowdOptions& options);

  // Login::First: logs all of them in. Throws as enter() does.
  void log_in(std::chrono::seconds patience);
  // Lets members in until there are `count`, and waits until they have been told of each other.
  // Throws std::runtime_error when one is refused, or after `patience`.
  void enter(std::size_t count, std::chrono::seconds patience);

  // Speaker `index` says its next message, which it meant to say at `intended`; sent by flush().
  void say(std::size_t index, Clock::time_point intended);
  void flush();
  // Reads what has come within `wait`. Throws std::runtime_error when a member was closed.
  void poll(std::chrono::nanoseconds wait);

  // The stalled stop reading, and read again.
  void stall();
  void resume();

  const Ledger& ledger() const { return ledger_; }
  Ledger& ledger() { return ledger_; }
  std::size_t speakers() const { return options_.speakers; }
  std::uint64_t notices() const { return notices_; }  // who entered and left
  bool all_deflate() const;

 private:
  void open_some(std::size_t count);
  void add(Member::Entrance entrance);
  void log_in_some(std::size_t first, Clock::time_point deadline);
  void settle(Clock::time_point deadline);
  void serve(std::size_t index, std::uint32_t events);
  void hear(std::size_t listener, const Frame& frame, Clock::time_point now);
  void hear_text(std::size_t listener, std::string_view text, Clock::time_point now);
  void watch(std::size_t index, int operation, std::uint32_t events);
  std::string nickname(std::size_t index) const;

  const CrowdOptions options_;
  const std::string run_;  // begins each nickname, so that a run does not meet the one before
  const UniqueFd epoll_;
  Ledger ledger_;
  InflateCache inflated_;
  std::vector<Member> members_;
  std::vector<std::string> cookies_;    // by member, where all log in first
  std::vector<std::uint32_t> watched_;  // by member: its events
  std::vector<std::size_t> dirty_;      // members with something to send
  std::vector<char> scratch_;
  std::size_t open_ = 0;
  std::uint64_t notices_ = 0;
};

}  // namespace chatd::bench
