#include "chat/interval_trial.h"

#include <doctest/doctest.h>

#include <chrono>
#include <random>

namespace chatd::chat {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""us;
using Duration = IntervalTrial::Time::duration;

// Which part of that time the room goes at the long interval.
struct Talk {
  // `until_next(present)` is how long the next message takes, at the present interval.
  template <typename UntilNext>
  double share_of_long(Duration time, UntilNext until_next) {
    Duration at_long{};
    for (const auto end = now + time; now < end;) {
      const Duration gap = until_next(present);
      if (present == Interval::Long) at_long += gap;
      now += gap;
      present = trial.on_message(now);
    }
    return static_cast<double>(at_long.count()) / static_cast<double>(time.count());
  }

  IntervalTrial trial;
  IntervalTrial::Time now = IntervalTrial::Time{} + 1h;
  Interval present = Interval::Long;
};

// A speaker that waits to be heard before it goes on, in an interval of 8 or of 2 ms.
Duration waiting(Interval interval) { return interval == Interval::Long ? 8ms : 2ms; }

}  // namespace

TEST_SUITE("chat") {
  TEST_CASE("a room begins with the long interval") {
    IntervalTrial trial;
    CHECK(trial.on_message(IntervalTrial::Time{} + 1h) == Interval::Long);
  }

  TEST_CASE("where speakers do not wait to be heard, the long interval stays but for trials") {
    for (const Duration gap : {Duration{100us}, Duration{3ms}, Duration{40ms}}) {
      Talk room;
      const auto at_a_steady_pace = [gap](Interval) { return gap; };
      room.share_of_long(10s, at_a_steady_pace);
      CHECK(room.share_of_long(60s, at_a_steady_pace) > 0.7);
    }
  }

  TEST_CASE("where they wait, the short one comes within half a second and stays but for trials") {
    Talk room;
    room.share_of_long(500ms, waiting);
    CHECK(room.share_of_long(1s, waiting) < 0.5);
    room.share_of_long(5s, waiting);
    CHECK(room.share_of_long(60s, waiting) < 0.1);
  }

  TEST_CASE("a little less said is chance and not the interval") {
    const auto slowed = [](int percent) {
      return [percent](Interval interval) -> Duration {
        return interval == Interval::Long ? Duration{100ms} / percent : 1ms;
      };
    };
    Talk little;
    little.share_of_long(5s, slowed(80));
    CHECK(little.share_of_long(10s, slowed(80)) > 0.9);
    Talk much;
    much.share_of_long(5s, slowed(70));
    CHECK(much.share_of_long(10s, slowed(70)) < 0.1);
  }

  TEST_CASE("the room changes over when those who wait give way to those who do not, and back") {
    Talk room;
    const auto not_waiting = [](Interval) { return 3ms; };
    room.share_of_long(10s, waiting);
    room.share_of_long(8s, not_waiting);
    CHECK(room.share_of_long(10s, not_waiting) > 0.9);
    room.share_of_long(8s, waiting);
    CHECK(room.share_of_long(10s, waiting) < 0.1);
  }

  TEST_CASE("messages that come by chance are hardly taken for ones that wait") {
    Talk room;
    std::mt19937 random(1);  // NOLINT: the same each time
    std::exponential_distribution<double> gap(300);
    const auto by_chance = [&](Interval) {
      return std::chrono::ceil<Duration>(std::chrono::duration<double>(gap(random)));
    };
    CHECK(room.share_of_long(60s, by_chance) > 0.8);
  }

  TEST_CASE("pauses between conversations do not count") {
    Talk room;
    int said = 0;
    const auto with_pauses = [&said](Interval interval) -> Duration {
      return ++said % 40 == 0 ? 10s : waiting(interval);
    };
    room.share_of_long(600s, with_pauses);
    CHECK(room.trial.on_message(room.now) == Interval::Short);
  }
}

}  // namespace chatd::chat
