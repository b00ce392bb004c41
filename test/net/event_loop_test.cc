#include "net/event_loop.h"

#include "support/manual_time.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <sys/epoll.h>
#include <sys/eventfd.h>

namespace chatd::net {
namespace {

void run_tick(EventLoop& loop) {
  loop.poll();
  loop.run_posted();
  loop.run_timers();
  loop.run_deferred();
}

class Counter final : public EventLoop::Handler, public Timer::Handler {
 public:
  void on_ready(std::uint32_t events) override {
    ++calls;
    last_events = events;
  }
  void on_timer(Timer&) override { ++calls; }

  int calls = 0;
  std::uint32_t last_events = 0;
};

UniqueFd make_event(unsigned value) { return UniqueFd(::eventfd(value, EFD_NONBLOCK)); }

}  // namespace

TEST_SUITE("net") {
  TEST_CASE("posts of several threads wake a sleeping loop, none is lost, each thread's in order") {
    constexpr int kThreads = 3;
    constexpr int kPosts = 2000;
    const SystemTime time;
    EventLoop loop(time);
    std::vector<int> next(kThreads, 0);
    int wrong = 0;
    std::vector<std::thread> threads;
    for (int number = 0; number < kThreads; ++number) {
      threads.emplace_back([&, number] {
        for (int i = 0; i < kPosts; ++i) {
          loop.post([&, number, i] { wrong += next[static_cast<std::size_t>(number)]++ != i; });
        }
      });
    }
    // Nothing but the posts wakes it: a lost one would let it sleep for ever.
    while (next != std::vector<int>(kThreads, kPosts)) run_tick(loop);
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK(loop.posted() == 0);
  }

  TEST_CASE("the steps of a tick come in their order, and a deferred task's own belong to it") {
    const SystemTime time;
    EventLoop loop(time);
    std::string steps;
    loop.defer([&] {
      steps += "d";
      loop.defer([&] { steps += "D"; });
    });
    loop.post([&] { steps += "p"; });
    run_tick(loop);
    CHECK(steps == "pdD");
  }

  TEST_CASE("a loop that has something deferred, or shall stay awake, does not sleep") {
    const SystemTime time;
    EventLoop loop(time);
    int ran = 0;
    loop.defer([&] { ++ran; });
    run_tick(loop);
    CHECK(ran == 1);
    loop.stay_awake();
    run_tick(loop);  // would hang otherwise
  }

  TEST_CASE("a timer wakes a sleeping loop, not before its time") {
    const SystemTime time;
    EventLoop loop(time);
    Counter counter;
    Timer timer(loop.timers(), counter);
    const auto armed = loop.now();
    timer.arm(std::chrono::milliseconds{20});
    int ticks = 0;
    for (; counter.calls == 0; ++ticks) run_tick(loop);
    CHECK(time.steady() - armed >= std::chrono::milliseconds{20});
    CHECK(ticks <= 4);
  }

  TEST_CASE("a descriptor is served for what is watched, until it is removed") {
    const SystemTime time;
    EventLoop loop(time);
    Counter counter;
    const UniqueFd event = make_event(1);
    REQUIRE(loop.add(event.get(), EPOLLIN, counter));
    run_tick(loop);
    CHECK(counter.calls == 1);
    CHECK(counter.last_events == EPOLLIN);
    loop.modify(event.get(), EPOLLOUT, counter);
    run_tick(loop);
    CHECK(counter.last_events == EPOLLOUT);
    loop.remove(event.get());
    loop.stay_awake();
    run_tick(loop);
    CHECK(counter.calls == 2);
  }

  TEST_CASE("more ready descriptors than one poll fetches all get their turn") {
    const SystemTime time;
    EventLoop loop(time);
    constexpr std::size_t kDescriptors = 700;
    std::vector<UniqueFd> events;
    std::vector<Counter> counters(kDescriptors);
    for (Counter& counter : counters) {
      events.push_back(make_event(1));
      REQUIRE(loop.add(events.back().get(), EPOLLIN, counter));
    }
    for (int tick = 0; tick < 3; ++tick) run_tick(loop);
    int unserved = 0;
    for (const Counter& counter : counters) unserved += counter.calls == 0;
    CHECK(unserved == 0);
  }

  TEST_CASE("a loop belongs to the thread that adopts it") {
    const SystemTime time;
    EventLoop loop(time);
    CHECK(loop.here());  // it is nobody's yet
    std::thread([&loop] {
      CHECK(loop.here());
      loop.adopt_thread();
      CHECK(loop.here());
    }).join();
    CHECK_FALSE(loop.here());
    loop.adopt_thread();
    CHECK(loop.here());
  }

  TEST_CASE("a call comes at its time and not before, exact to far less than a millisecond") {
    const SystemTime time;
    EventLoop loop(time);
    for (int round = 0; round < 20; ++round) {
      const auto when = time.steady() + std::chrono::microseconds{300};
      Clock::time_point called{};
      loop.call_at(when, [&] { called = time.steady(); });
      while (called == Clock::time_point{}) run_tick(loop);
      CHECK(called >= when);
    }
  }

  TEST_CASE("calls come in the order of their times, each once, beside timers and posts") {
    test::ManualTime time;
    EventLoop loop(time);
    std::string order;
    const auto start = time.steady();
    loop.call_at(start + std::chrono::milliseconds{3}, [&] { order += 'c'; });
    loop.call_at(start + std::chrono::milliseconds{1}, [&] {
      order += 'a';
      loop.call_at(start + std::chrono::milliseconds{2}, [&] { order += 'b'; });
    });
    const auto tick = [&] {
      loop.stay_awake();
      run_tick(loop);
    };
    tick();
    CHECK(order.empty());
    time.advance(std::chrono::milliseconds{1});
    tick();
    CHECK(order == "a");
    time.advance(std::chrono::milliseconds{2});
    tick();
    CHECK(order == "abc");
    tick();
    CHECK(order == "abc");
  }

  TEST_CASE("what the loop's own thread posts is run without waking it, and before it sleeps") {
    const SystemTime time;
    EventLoop loop(time);
    loop.adopt_thread();
    int calls = 0;
    loop.post([&] {
      ++calls;
      loop.post([&] { ++calls; });
    });
    run_tick(loop);
    run_tick(loop);  // it would sleep for ever
    CHECK(calls == 2);
  }
}

}  // namespace chatd::net
