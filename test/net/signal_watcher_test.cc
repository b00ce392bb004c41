#include "net/signal_watcher.h"

#include <doctest/doctest.h>

#include <vector>

namespace chatd::net {
namespace {

class Seen final : public SignalWatcher::Handler {
 public:
  void on_signal(int signal) override { signals.push_back(signal); }
  std::vector<int> signals;
};

bool is_blocked(int signal) {
  sigset_t blocked{};
  pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  return sigismember(&blocked, signal) == 1;
}

}  // namespace

TEST_SUITE("net") {
  TEST_CASE("signals arrive as events of the loop") {
    const SystemTime time;
    EventLoop loop(time);
    Seen seen;
    const SignalWatcher watcher(loop, {SIGUSR1, SIGUSR2}, seen);
    CHECK(seen.signals.empty());
    pthread_kill(pthread_self(), SIGUSR2);
    loop.poll();
    CHECK(seen.signals == std::vector{SIGUSR2});
    pthread_kill(pthread_self(), SIGUSR1);
    pthread_kill(pthread_self(), SIGUSR2);
    loop.poll();
    CHECK(seen.signals.size() == 3);
  }

  TEST_CASE("a signal that waits when its watcher goes does not strike") {
    const SystemTime time;
    EventLoop loop(time);
    Seen seen;
    {
      const SignalWatcher watcher(loop, {SIGUSR1}, seen);
      CHECK(is_blocked(SIGUSR1));
      pthread_kill(pthread_self(), SIGUSR1);
    }
    CHECK_FALSE(is_blocked(SIGUSR1));
    CHECK(seen.signals.empty());
  }

  TEST_CASE("signals that were blocked before stay blocked") {
    sigset_t mine{};
    sigemptyset(&mine);
    sigaddset(&mine, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &mine, nullptr);
    const SystemTime time;
    EventLoop loop(time);
    Seen seen;
    { const SignalWatcher watcher(loop, {SIGUSR2}, seen); }
    CHECK(is_blocked(SIGUSR2));
    pthread_sigmask(SIG_UNBLOCK, &mine, nullptr);
  }
}

}  // namespace chatd::net
