#pragma once
// SignalWatcher: signals as an event of a loop, by signalfd. Loop thread only.

#include "base/unique_fd.h"
#include "net/event_loop.h"

#include <cstdint>
#include <initializer_list>

#include <signal.h>

namespace chatd::net {

class SignalWatcher final : private EventLoop::Handler {
 public:
  class Handler {
   public:
    virtual void on_signal(int signal) = 0;

   protected:
    ~Handler() = default;
  };

  // Blocks `signals` for the calling thread and all that it starts from then on: make it before
  // other threads start. Throws std::system_error.
  SignalWatcher(EventLoop& loop, std::initializer_list<int> signals, Handler& handler);
  // Unblocks them.
  ~SignalWatcher();
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

 private:
  void on_ready(std::uint32_t events) override;

  EventLoop& loop_;
  Handler& handler_;
  sigset_t signals_{};
  UniqueFd fd_;
};

}  // namespace chatd::net
