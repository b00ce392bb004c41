#pragma once
// EventLoop: one epoll, one mailbox, one timer wheel, one list of what was put off. A thread of its
// own runs it, by the steps of a tick that net/worker.cc spells out; its Worker owns it.

#include "base/task.h"
#include "base/thread_annotations.h"
#include "base/time_source.h"
#include "base/unique_fd.h"
#include "net/mailbox.h"
#include "net/timer.h"

#include <atomic>
#include <cassert>
#include <cstdint>
#include <span>
#include <thread>
#include <vector>

struct epoll_event;

namespace chatd::net {

// The loop's thread is a capability: what only that thread may touch is GUARDED_BY(loop), and
// assert_here() claims it (a debug build aborts when the claim is false).
class CAPABILITY("loop thread") EventLoop {
 public:
  // What waits for a descriptor. Its events are epoll's: EPOLLIN, EPOLLOUT, …, level-triggered.
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual void on_ready(std::uint32_t events) = 0;
  };

  // `time` must outlive the loop. Throws std::system_error when there is no descriptor left.
  explicit EventLoop(const TimeSource& time);
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop() = default;

  // Any thread: runs `task` on the loop's thread, after all that was posted before.
  void post(Task task) {
    on_own_thread() ? mailbox_.post_here(std::move(task)) : mailbox_.post(std::move(task));
  }
  // Any thread: how many posted tasks wait.
  std::size_t posted() const { return mailbox_.size(); }

  // Loop thread: runs `task` at the end of this tick, before output is flushed.
  void defer(Task task);

  // Loop thread: runs `task` once, among the timers of the first tick at or after `when`. Exact
  // where a Timer counts in milliseconds, but it cannot be taken back, and many at a time are dear.
  void call_at(Clock::time_point when, Task task);

  // Loop thread. `handler` must live until the end of the tick in which it is removed, because an
  // event for it may have been fetched already. add() fails only when the kernel has no memory or
  // no watches left; the others cannot fail on a descriptor that was added.
  [[nodiscard]] bool add(int fd, std::uint32_t events, Handler& handler);
  void modify(int fd, std::uint32_t events, Handler& handler);
  void remove(int fd);

  TimerWheel& timers() { return timers_; }
  const TimeSource& time() const { return time_; }
  // The time at which this tick began to serve: one reading of the clock for all in it.
  Clock::time_point now() const { return now_; }

  // The steps of a tick, in their order. poll() sleeps until a descriptor is ready, something was
  // posted or a timer is due; not at all if the last tick left work (stay_awake()).
  void poll();
  void run_posted() { mailbox_.run(); }
  void run_timers();
  void run_deferred();
  // The next poll() shall not sleep.
  void stay_awake() {
    assert_here();
    awake_ = true;
  }

  // Whose thread this is from now on; called by the thread that is going to run the loop. Until
  // then it is everyone's.
  void adopt_thread() { thread_.store(std::this_thread::get_id(), std::memory_order_relaxed); }
  void assert_here() const ASSERT_CAPABILITY(this) { assert(here()); }
  // Any thread: whether it is the one that runs the loop, or is about to.
  bool on_own_thread() const {
    return thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }
  bool here() const {
    const std::thread::id owner = thread_.load(std::memory_order_relaxed);
    return owner == std::thread::id() || owner == std::this_thread::get_id();
  }

 private:
  class Waker final : public Handler {
   public:
    explicit Waker(Mailbox& mailbox) : mailbox_(mailbox) {}
    void on_ready(std::uint32_t) override { mailbox_.clear_wake(); }

   private:
    Mailbox& mailbox_;
  };

  struct Call {
    Clock::time_point when;
    Task task;
  };

  int wait(std::span<epoll_event> events) REQUIRES(this);
  int sleep_milliseconds() const REQUIRES(this);

  const TimeSource& time_;
  const UniqueFd epoll_;
  Mailbox mailbox_;
  Waker waker_{mailbox_};
  // Written by the thread that adopts the loop, and none of the others can take that for its own.
  std::atomic<std::thread::id> thread_{};
  // Loop thread only.
  Clock::time_point now_ = time_.steady();
  TimerWheel timers_{now_};
  std::vector<Task> deferred_ GUARDED_BY(this);
  std::vector<Task> running_ GUARDED_BY(this);
  std::vector<Call> calls_ GUARDED_BY(this);  // the next one last
  bool awake_ GUARDED_BY(this) = false;
  bool waits_exactly_ GUARDED_BY(this) = true;  // until the kernel says that it cannot
};

}  // namespace chatd::net
