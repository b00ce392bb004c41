#include "net/event_loop.h"

#include "base/log.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <span>
#include <system_error>

#include <sys/epoll.h>

namespace chatd::net {

namespace {

constexpr std::size_t kEventsPerPoll = 512;

UniqueFd make_epoll() {
  UniqueFd fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!fd) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return fd;
}

epoll_event watch(std::uint32_t events, EventLoop::Handler& handler) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &handler;
  return event;
}

// epoll refuses our own descriptor only if our book-keeping is wrong: nothing sane can follow.
[[noreturn]] void die(const char* what, int fd, int error) {
  log_error("%s fd=%d errno=%d", what, fd, error);
  finish_log();
  std::abort();
}

}  // namespace

EventLoop::EventLoop(const TimeSource& time) : time_(time), epoll_(make_epoll()) {
  epoll_event event = watch(EPOLLIN, waker_);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, mailbox_.fd(), &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

void EventLoop::defer(Task task) {
  assert_here();
  deferred_.push_back(std::move(task));
}

void EventLoop::call_at(Clock::time_point when, Task task) {
  assert_here();
  const auto later = [when](const Call& call) { return call.when > when; };
  calls_.insert(std::ranges::partition_point(calls_, later), {when, std::move(task)});
}

bool EventLoop::add(int fd, std::uint32_t events, Handler& handler) {
  assert_here();
  epoll_event event = watch(events, handler);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0) return true;
  if (errno == ENOMEM || errno == ENOSPC) return false;
  die("epoll_add_failed", fd, errno);
}

void EventLoop::modify(int fd, std::uint32_t events, Handler& handler) {
  assert_here();
  epoll_event event = watch(events, handler);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) == 0) return;
  die("epoll_modify_failed", fd, errno);
}

void EventLoop::remove(int fd) {
  assert_here();
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr) == 0) return;
  die("epoll_remove_failed", fd, errno);
}

void EventLoop::poll() {
  assert_here();
  std::array<epoll_event, kEventsPerPoll> events;  // NOLINT: the kernel fills it
  const int ready = wait(events);
  const int error = ready < 0 ? errno : 0;
  awake_ = false;
  now_ = time_.steady();
  timers_.observe(now_);
  if (error == EINTR) return;
  if (error != 0) die("epoll_wait_failed", epoll_.get(), error);
  for (const epoll_event& event : std::span(events).first(static_cast<std::size_t>(ready))) {
    static_cast<Handler*>(event.data.ptr)->on_ready(event.events);
  }
}

// epoll_wait() counts in milliseconds; epoll_pwait2() (Linux 5.11) is exact, so it is taken where
// that matters.
int EventLoop::wait(std::span<epoll_event> events) {
  const int most = static_cast<int>(events.size());
  const int milliseconds = sleep_milliseconds();
  if (calls_.empty() || milliseconds == 0 || !waits_exactly_) {
    return ::epoll_wait(epoll_.get(), events.data(), most, milliseconds);
  }
  auto left = std::max(calls_.back().when - time_.steady(), Clock::duration::zero());
  if (milliseconds > 0) {
    left = std::min<Clock::duration>(left, std::chrono::milliseconds{milliseconds});
  }
  const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
  const timespec time{.tv_sec = seconds.count(),
                      .tv_nsec = std::chrono::nanoseconds{left - seconds}.count()};
  const int ready = ::epoll_pwait2(epoll_.get(), events.data(), most, &time, nullptr);
  // An older kernel has none, and some sandboxes refuse what they do not know.
  if (ready >= 0 || (errno != ENOSYS && errno != EPERM)) return ready;
  waits_exactly_ = false;
  return ::epoll_wait(epoll_.get(), events.data(), most, milliseconds);
}

void EventLoop::run_timers() {
  assert_here();
  timers_.advance(now_);
  while (!calls_.empty() && calls_.back().when <= now_) {
    Task task = std::move(calls_.back().task);
    calls_.pop_back();
    task();
  }
}

void EventLoop::run_deferred() {
  assert_here();
  // What a deferred task defers belongs to this tick too; there is no way to defer for ever,
  // because each thing that is put off (a room to send) is put off once.
  while (!deferred_.empty()) {
    running_.swap(deferred_);
    for (Task& task : running_) task();
    running_.clear();
  }
}

int EventLoop::sleep_milliseconds() const {
  if (awake_ || !deferred_.empty() || mailbox_.size() > 0) return 0;
  auto wake = timers_.next_wake();
  if (!calls_.empty()) wake = std::min(wake.value_or(Clock::time_point::max()), calls_.back().when);
  if (!wake) return -1;
  // Rounded up: epoll counts in milliseconds, and waking early would mean to spin.
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*wake - time_.steady()).count();
  return static_cast<int>(std::clamp<decltype(left)>(left, 0, 60'000));
}

}  // namespace chatd::net
