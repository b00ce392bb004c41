#include "chat/pace.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace chatd::chat {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;

// A room of that many members, all of whom are told at once for the first time now.
struct House {
  House(Pace::Duration bound, std::size_t count, Pace::Duration sending)
      : House(bound, {count, count}, sending) {}
  // `sending` is for those who are here.
  House(Pace::Duration bound, const Pace::Members& count, Pace::Duration sending)
      : pace(bound), members(count), cost(sending) {
    say();
    CHECK(pace.due() <= now);
    CHECK(take() == 1.0);
  }

  // How long until somebody hears it.
  Pace::Duration say(Interval interval = Interval::Long) {
    const auto each = cost / static_cast<Pace::Duration::rep>(members.here);
    pace.on_message(now, members, each, interval);
    return std::max<Pace::Duration>(pace.due() - now, 0ms);
  }
  // Which part of the members hears now.
  double take() {
    const Pace::Shares shares = pace.take(now);
    return static_cast<double>(shares.count) / static_cast<double>(shares.of);
  }
  // Lets time pass until all have heard; how long that takes.
  Pace::Duration hear_out() {
    const auto from = now;
    while (pace.pending()) {
      now = std::max(now, pace.due());
      static_cast<void>(take());
    }
    return now - from;
  }

  Pace pace;
  Pace::Members members;
  Pace::Duration cost;  // of sending to all here
  Pace::Time now = Pace::Time{} + 1h;
};

}  // namespace

TEST_SUITE("chat") {
  TEST_CASE("in a quiet room a message goes to all at once") {
    House house(16ms, 1000, 2ms);
    house.now += 8ms;  // four times the cost
    CHECK(house.say() == 0ms);
    CHECK(house.take() == 1.0);
    CHECK_FALSE(house.pace.pending());
  }

  TEST_CASE("soon after, the members take turns, and all have had theirs after an interval") {
    House house(16ms, 1000, 2ms);
    CHECK(house.say() == 1ms);
    house.now += 1ms;
    CHECK(house.take() == 0.125);
    CHECK(house.pace.pending());
    CHECK(house.pace.due() == house.now + 1ms);
    CHECK(house.hear_out() == 7ms);
  }

  TEST_CASE("the short interval is an eighth longer than sending to all takes") {
    House house(16ms, 1000, 2ms);
    house.now += 2200us;
    CHECK(house.say(Interval::Short) == 0ms);
    CHECK(house.take() == 0.875);  // those whose turn has passed
    CHECK(house.hear_out() == 50us);
    house.now += 2250us;
    CHECK(house.say(Interval::Short) == 0ms);
    CHECK(house.take() == 1.0);
  }

  TEST_CASE("nobody waits longer for a message than the interval, whenever it is said") {
    House house(16ms, 1000, 2ms);
    for (const auto& [interval, most] :
         {std::pair{Interval::Long, 8000us}, {Interval::Short, 2250us}}) {
      house.say(interval);
      house.hear_out();  // at which the turns are the shorter ones
      for (int message = 0; message < 50; ++message) {
        const auto said = house.now;
        std::size_t heard = 0;
        house.say(interval);
        while (heard < 8) {
          house.now = std::max(house.now, house.pace.due());
          heard += house.pace.take(house.now).count;
        }
        CHECK(house.now - said <= most);
        house.now += 170us;
      }
    }
  }

  TEST_CASE("the interval follows what sending costs, also while there is always more to say") {
    House house(16ms, 1000, 2ms);
    house.say();
    house.cost = 1ms;
    house.say();
    house.now = house.pace.due();
    CHECK(house.take() == 0.125);
    CHECK(house.pace.due() == house.now + 500us);
  }

  TEST_CASE("each share has its turn once an interval, in the same order") {
    House house(16ms, 1000, 2ms);
    std::vector<std::size_t> turns;
    for (int turn = 0; turn < 20; ++turn) {
      house.say();
      house.now = house.pace.due();
      const Pace::Shares shares = house.pace.take(house.now);
      REQUIRE(shares.count == 1);
      turns.push_back(shares.first);
    }
    for (std::size_t turn = 0; turn < turns.size(); ++turn) CHECK(turns[turn] == turn % 8);
  }

  TEST_CASE("turns that are late come together") {
    House house(16ms, 1000, 2ms);
    house.say();
    house.now += 3400us;
    CHECK(house.take() == 0.375);
    house.now += 1h;
    CHECK(house.take() == 0.625);
    CHECK_FALSE(house.pace.pending());
  }

  TEST_CASE("waiting and sending stay within the bound, as far as sending permits") {
    House house(8ms, 1000, 4ms);
    house.say();
    CHECK(house.hear_out() == 7500us);
    House slow(8ms, 1000, 8ms);
    slow.say();
    CHECK(slow.hear_out() == 9ms);
  }

  TEST_CASE("some hundred members take no turns, and no message waits for another") {
    CHECK(House(16ms, 255, 2ms).say() == 0ms);
    CHECK(House(16ms, 256, 2048us).say() == 2048us);
  }

  TEST_CASE("workers that share a room gather as much as one that has it alone") {
    House half(16ms, {500, 1000}, 1ms);
    CHECK(half.say() > 1100us);
    const auto heard_by_all = half.hear_out();
    CHECK(heard_by_all > 7900us);
    CHECK(heard_by_all <= 8ms);
    House few(16ms, {100, 1000}, 200us);
    CHECK(few.say() == 8ms);
    CHECK(House(16ms, {255, 256}, 2ms).say() > 0ms);
    CHECK(House(16ms, {100, 255}, 2ms).say() == 0ms);
    // The short interval is the worker's own.
    CHECK(half.say(Interval::Short) > 0ms);
    half.hear_out();
    half.now += 1125us;
    CHECK(half.say(Interval::Short) == 0ms);
    CHECK(half.take() == 1.0);
  }

  TEST_CASE("what is sent in no time is not worth a wait, and with no bound nothing waits") {
    CHECK(House(8ms, 500, 499us).say() == 0ms);
    CHECK(House(8ms, 500, 500us).say() > 0ms);
    CHECK(House(0ms, 1000, 2ms).say() == 0ms);
  }

  TEST_CASE("where sending has become cheap, all who have not had their turn hear at once") {
    House house(16ms, 1000, 2ms);
    CHECK(house.say() == 1ms);
    house.cost = 499us;
    CHECK(house.say() == 0ms);
    CHECK(house.take() == 1.0);
  }
}

}  // namespace chatd::chat
