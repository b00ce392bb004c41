#include "net/timer.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <vector>

namespace chatd::net {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// A wheel with a clock that the test turns; it counts in microseconds.
class Bench : public Timer::Handler {
 public:
  Clock::time_point now() const { return start_ + microseconds(elapsed_); }
  std::int64_t elapsed() const { return elapsed_; }

  // Lets time go by as a loop does that sleeps and then serves: the clock is read, timers fire
  // later.
  void sleep(microseconds time) {
    elapsed_ += time.count();
    wheel.observe(now());
  }
  void advance(microseconds time) {
    sleep(time);
    wheel.advance(now());
  }

  void on_timer(Timer& timer) override {
    ++fired;
    if (on_fire) on_fire(timer);
  }

 private:
  const Clock::time_point start_{std::chrono::hours{3}};
  std::int64_t elapsed_ = 0;

 public:
  TimerWheel wheel{start_};
  int fired = 0;
  std::function<void(Timer&)> on_fire;
};

// What one armed timer must do: fire at the first advance() at or after the tick `due`.
struct Expected {
  std::unique_ptr<Timer> timer;
  std::optional<std::int64_t> due;        // in ticks
  std::int64_t earliest = 0;              // in microseconds: asked for, to the letter
  std::optional<std::int64_t> fired_due;  // in ticks, when it fired in this advance()
};

constexpr std::int64_t kLevel1 = 64;
constexpr std::int64_t kLevel2 = 64 * kLevel1;
constexpr std::int64_t kLevel3 = 64 * kLevel2;
constexpr std::int64_t kReach = 64 * kLevel3;

// Delays that like to lie at the edges of levels.
milliseconds any_delay(std::minstd_rand& random) {
  constexpr std::array<std::int64_t, 8> kEdges = {0,       1,      kLevel1,    kLevel2,
                                                  kLevel3, kReach, 2 * kReach, 100 * kLevel2};
  const std::int64_t edge = kEdges[random() % kEdges.size()];
  const auto offset = static_cast<std::int64_t>(random() % 5) - 2;
  if (random() % 3 == 0) return milliseconds(static_cast<std::int64_t>(random()) % (edge + 2));
  return milliseconds(std::max<std::int64_t>(edge + offset, 0));
}

class Model {
 public:
  explicit Model(unsigned seed) : random_(seed), timers_(40) {
    for (Expected& expected : timers_) {
      expected.timer = std::make_unique<Timer>(bench_.wheel, bench_);
    }
    bench_.on_fire = [this](Timer& timer) { on_fire(timer); };
  }

  void step() {
    Expected& expected = timers_[random_() % timers_.size()];
    const auto choice = random_() % 10;
    if (choice < 6) return arm(expected);
    if (choice == 6) return disarm(expected);
    if (choice == 7) return bench_.sleep(any_delay(random_) / 2);
    advance();
  }

 private:
  void arm(Expected& expected) {
    const milliseconds delay = any_delay(random_);
    expected.timer->arm(delay);
    expected.due = bench_.elapsed() / 1000 + delay.count() + 1;
    expected.earliest = bench_.elapsed() + delay.count() * 1000;
    REQUIRE(expected.timer->armed());
  }

  void disarm(Expected& expected) {
    expected.timer->disarm();
    expected.due.reset();
    REQUIRE_FALSE(expected.timer->armed());
  }

  void advance() {
    check_wake();
    last_due_ = 0;
    bench_.advance(microseconds(any_delay(random_).count() * 1000 + random_() % 1000));
    for (const Expected& expected : timers_) {
      REQUIRE(expected.timer->armed() == expected.due.has_value());
      if (expected.due) REQUIRE(*expected.due > bench_.elapsed() / 1000);  // none is late
    }
  }

  void on_fire(Timer& timer) {
    for (Expected& expected : timers_) {
      if (expected.timer.get() != &timer) continue;
      REQUIRE(expected.due.has_value());
      REQUIRE(bench_.elapsed() >= expected.earliest);     // none is early
      REQUIRE(*expected.due <= bench_.elapsed() / 1000);  // and by its tick neither
      REQUIRE(*expected.due >= last_due_);                // in the order of their times
      last_due_ = *expected.due;
      expected.due.reset();
    }
  }

  // The loop may be woken early, never late.
  void check_wake() {
    const auto wake = bench_.wheel.next_wake();
    for (const Expected& expected : timers_) {
      if (!expected.due) continue;
      REQUIRE(wake.has_value());
      REQUIRE(*wake <= bench_.now() - microseconds(bench_.elapsed()) + milliseconds(*expected.due));
    }
  }

  std::minstd_rand random_;
  Bench bench_;
  std::vector<Expected> timers_;
  std::int64_t last_due_ = 0;
};

}  // namespace

TEST_SUITE("net") {
  TEST_CASE("timers fire in their tick, never early and never late, as a sorted list would") {
    for (unsigned seed = 1; seed <= 40; ++seed) {
      CAPTURE(seed);
      Model model(seed);
      for (int i = 0; i < 1500; ++i) model.step();
    }
  }

  TEST_CASE("each delay around the edges of levels is kept to the tick, from any position") {
    for (const std::int64_t edge : {std::int64_t{1}, kLevel1, kLevel2, kLevel3, kReach}) {
      for (std::int64_t position = edge - 2; position <= edge + 2; ++position) {
        for (std::int64_t delay = edge - 2; delay <= edge + 2; ++delay) {
          if (position < 0 || delay < 0) continue;
          Bench bench;
          Timer timer(bench.wheel, bench);
          bench.advance(milliseconds(position));
          timer.arm(milliseconds(delay));
          bench.advance(milliseconds(delay));
          CHECK(bench.fired == 0);
          bench.advance(milliseconds(1));
          CHECK(bench.fired == 1);
        }
      }
    }
  }

  TEST_CASE("a timer armed after a sleep of days counts from the waking") {
    Bench bench;
    Timer timer(bench.wheel, bench);
    bench.sleep(std::chrono::hours{50});
    timer.arm(std::chrono::seconds{30});
    bench.wheel.advance(bench.now());
    CHECK(bench.fired == 0);
    bench.advance(std::chrono::seconds{29});
    CHECK(bench.fired == 0);
    bench.advance(milliseconds{1001});
    CHECK(bench.fired == 1);
  }

  TEST_CASE("a handler may arm its timer again, and it fires in a later advance") {
    Bench bench;
    Timer timer(bench.wheel, bench);
    bench.on_fire = [](Timer& fired) { fired.arm(milliseconds{0}); };
    timer.arm(milliseconds{0});
    for (int round = 1; round <= 5; ++round) {
      bench.advance(milliseconds{100});
      CHECK(bench.fired == round);
    }
  }

  TEST_CASE("a handler may destroy its own timer and any other that is due") {
    Bench bench;
    std::array<std::unique_ptr<Timer>, 3> timers;
    for (auto& timer : timers) {
      timer = std::make_unique<Timer>(bench.wheel, bench);
      timer->arm(milliseconds{5});
    }
    bench.on_fire = [&timers](Timer&) {
      for (auto& timer : timers) timer.reset();
    };
    bench.advance(milliseconds{10});
    CHECK(bench.fired == 1);
    CHECK_FALSE(bench.wheel.next_wake().has_value());
  }

  TEST_CASE("arming again forgets the earlier time, disarming all of them") {
    Bench bench;
    Timer timer(bench.wheel, bench);
    timer.arm(milliseconds{5});
    timer.arm(milliseconds{500});
    bench.advance(milliseconds{400});
    CHECK(bench.fired == 0);
    timer.disarm();
    timer.disarm();
    bench.advance(milliseconds{400});
    CHECK(bench.fired == 0);
  }

  TEST_CASE("a timer that dies armed does not fire") {
    Bench bench;
    {
      Timer timer(bench.wheel, bench);
      timer.arm(milliseconds{5});
    }
    bench.advance(milliseconds{10});
    CHECK(bench.fired == 0);
  }

  TEST_CASE("a wheel without armed timers wakes nobody") {
    Bench bench;
    CHECK_FALSE(bench.wheel.next_wake().has_value());
    Timer timer(bench.wheel, bench);
    timer.arm(milliseconds{5});
    bench.advance(milliseconds{10});
    CHECK_FALSE(bench.wheel.next_wake().has_value());
  }

  TEST_CASE("a timer hours away wakes the loop at most once a level on the way") {
    Bench bench;
    bench.advance(milliseconds{12'345});
    Timer timer(bench.wheel, bench);
    timer.arm(std::chrono::hours{4});
    int wakes = 0;
    while (const auto wake = bench.wheel.next_wake()) {
      bench.advance(std::chrono::duration_cast<microseconds>(*wake - bench.now()));
      ++wakes;
    }
    CHECK(bench.fired == 1);
    CHECK(wakes <= 4);
  }
}

}  // namespace chatd::net
