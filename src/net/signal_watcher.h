#pragma once
// SignalWatcher: signals as an event of a loop, by signalfd. Loop thread only.

#include "base/unique_fd.h"
#include "net/event_loop.h"

#include <csignal>
#include <cstdint>
#include <initializer_list>
#include <optional>

namespace chatd::net {

class SignalWatcher final : private EventLoop::Handler {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    // Must not destroy the watcher.
    virtual void on_signal(int signal) = 0;
  };

  // Blocks `signals` for the calling thread and all that it starts from then on: make it before
  // other threads start. Throws std::system_error.
  SignalWatcher(EventLoop& loop, std::initializer_list<int> signals, Handler& handler);
  // Forgets those that still wait, so that none of them strikes now, and lets the thread have its
  // signals as they were before.
  ~SignalWatcher() override;
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

 private:
  void on_ready(std::uint32_t events) override;
  std::optional<int> next_signal() const;

  EventLoop& loop_;
  Handler& handler_;
  sigset_t blocked_before_{};
  UniqueFd fd_;
};

}  // namespace chatd::net
