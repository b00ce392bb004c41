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

// What sending to 1024 members takes, 2 us each.
constexpr std::chrono::microseconds kCost{2048};
constexpr auto kLong = 4 * kCost;
constexpr auto kTurn = kLong / 8;
constexpr auto kShort = kCost * 9 / 8;

// A room of that many members, all of whom are told for the first time now.
struct House {
  House(Pace::Duration bound, std::size_t count, Pace::Duration sending)
      : House(bound, {count, count}, sending) {}
  // `sending` is for those who are here.
  House(Pace::Duration bound, const Pace::Members& count, Pace::Duration sending)
      : pace(bound), members(count), cost(sending) {
    say();
    CHECK(hear_out() == 0ms);
  }

  // How long until somebody hears it.
  Pace::Duration say(Interval interval = Interval::Long) {
    const auto each = cost / static_cast<Pace::Duration::rep>(members.here);
    pace.on_message(now, members, each, interval);
    return wait();
  }
  Pace::Duration wait() const { return std::max<Pace::Duration>(pace.due() - now, 0ms); }
  // How many shares hear without the clock's going on.
  std::size_t take_due() {
    std::size_t taken = 0;
    for (; pace.pending() && pace.due() <= now; ++taken) static_cast<void>(pace.take(now));
    return taken;
  }
  // Lets time pass until all have heard; how long that takes.
  Pace::Duration hear_out() {
    const auto from = now;
    while (pace.pending()) {
      now = std::max(now, pace.due());
      static_cast<void>(pace.take(now));
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
  TEST_CASE("in a quiet room a message goes to all at once, a share in a tick") {
    House house(16ms, 1024, kCost);
    house.now += kLong;
    CHECK(house.say() == 0ms);
    CHECK(house.take_due() == 8);
    CHECK_FALSE(house.pace.pending());
  }

  TEST_CASE("soon after, the members take turns, and all have had theirs after an interval") {
    House house(16ms, 1024, kCost);
    CHECK(house.say() == kTurn);
    house.now += kTurn;
    CHECK(house.take_due() == 1);
    CHECK(house.pace.pending());
    CHECK(house.wait() == kTurn);
    CHECK(house.hear_out() == 7 * kTurn);
  }

  TEST_CASE("what is said while all are being told goes along, and then waits for its turn") {
    House house(16ms, 1024, kCost);
    house.now += kLong;
    house.say();
    for (int share = 0; share < 3; ++share) static_cast<void>(house.pace.take(house.now));
    house.now += 1ms;
    CHECK(house.say() == 0ms);
    CHECK(house.take_due() == 5);
    // The three that were told before, an interval after that, one after the other.
    CHECK(house.wait() == kLong - 1ms);
    CHECK(house.hear_out() == kLong - 1ms + 2 * kTurn);
  }

  TEST_CASE("the short interval is an eighth longer than sending to all takes") {
    House house(16ms, 1024, kCost);
    house.now += 2200us;
    CHECK(house.say(Interval::Short) == 0ms);
    CHECK(house.take_due() == 7);  // those whose turn has passed
    CHECK(house.hear_out() == kShort - 2200us);
    house.now += kShort;
    CHECK(house.say(Interval::Short) == 0ms);
    CHECK(house.take_due() == 8);
  }

  TEST_CASE("nobody waits longer for a message than the interval, whenever it is said") {
    House house(16ms, 1024, kCost);
    for (const auto& [interval, most] :
         {std::pair{Interval::Long, kLong}, {Interval::Short, kShort}}) {
      house.say(interval);
      house.hear_out();  // at which the turns are the shorter ones
      for (int message = 0; message < 50; ++message) {
        const auto said = house.now;
        std::size_t heard = 0;
        house.say(interval);
        while (heard < 8) {
          house.now = std::max(house.now, house.pace.due());
          static_cast<void>(house.pace.take(house.now));
          ++heard;
        }
        CHECK(house.now - said <= most);
        house.now += 170us;
      }
    }
  }

  TEST_CASE("the interval follows what sending costs, also while there is always more to say") {
    House house(16ms, 1024, kCost);
    house.say();
    house.cost = kCost / 2;
    house.say();
    house.now = house.pace.due();
    CHECK(house.take_due() == 1);
    CHECK(house.wait() == kTurn / 2);
  }

  TEST_CASE("a shorter interval holds for the turn that is waited for already") {
    House house(16ms, 1024, kCost);
    CHECK(house.say() == kTurn);
    CHECK(house.say(Interval::Short) == kShort / 8);
    CHECK(house.take_due() == 0);
    CHECK(house.hear_out() == kShort);
    // A measurement that was far too high is forgotten with the next one.
    house.cost = 3 * kCost;
    CHECK(house.say() > 0ms);
    house.cost = kCost;
    house.say(Interval::Short);
    CHECK(house.hear_out() <= kShort);
  }

  TEST_CASE("each share has its turn once an interval, in the same order") {
    House house(16ms, 1024, kCost);
    std::vector<std::size_t> turns;
    for (int turn = 0; turn < 20; ++turn) {
      house.say();
      house.now = house.pace.due();
      const Pace::Share share = house.pace.take(house.now);
      REQUIRE(share.of == 8);
      turns.push_back(share.index);
    }
    for (std::size_t turn = 0; turn < turns.size(); ++turn) CHECK(turns[turn] == turn % 8);
  }

  TEST_CASE("turns that are late follow each other without a wait, if they are not an hour late") {
    House house(16ms, 1024, kCost);
    house.say();
    house.now += 3400us;
    CHECK(house.take_due() == 3);
    house.now += 1h;
    CHECK(house.take_due() == 5);
    CHECK_FALSE(house.pace.pending());
    house.say();
    house.now += 1h;
    static_cast<void>(house.pace.take(house.now));
    house.say();
    CHECK(house.take_due() == 8);  // an interval is made up for
    CHECK(house.say() > 0ms);
  }

  TEST_CASE("waiting and sending stay within the bound, as far as sending permits") {
    House house(8ms, 1024, 2 * kCost);
    house.say();
    CHECK(house.hear_out() == 8ms - 2 * kCost / 8);
    House slow(8ms, 1024, 4 * kCost);
    slow.say();
    CHECK(slow.hear_out() == 0ms);  // an interval of sending alone would be longer than the bound
  }

  TEST_CASE("some hundred members take no turns, and no message waits for another") {
    CHECK(House(16ms, 255, 2ms).say() == 0ms);
    CHECK(House(16ms, 256, 2048us).say() == 4096us);
  }

  TEST_CASE("workers that share a room gather as much as one that has it alone") {
    House half(16ms, {512, 1024}, 1024us);
    CHECK(half.say() == 2048us);
    CHECK(half.hear_out() == 8192us);
    House few(16ms, {100, 1000}, 200us);
    CHECK(few.say() == 8ms);
    CHECK(House(16ms, {255, 256}, 2ms).say() > 0ms);
    CHECK(House(16ms, {100, 255}, 2ms).say() == 0ms);
    CHECK(half.say(Interval::Short) > 0ms);
    half.hear_out();
    half.now += kShort - 1us;
    half.say(Interval::Short);
    CHECK(half.take_due() < 4);
    half.hear_out();
    half.now += kShort;
    CHECK(half.say(Interval::Short) == 0ms);
    CHECK(half.take_due() == 4);
  }

  TEST_CASE("what is sent in no time is not worth a wait, and with no bound nothing waits") {
    CHECK(House(8ms, 500, 499us).say() == 0ms);
    CHECK(House(8ms, 500, 500us).say() > 0ms);
    CHECK(House(0ms, 1024, kCost).say() == 0ms);
  }

  TEST_CASE("where sending has become cheap, all who have not had their turn hear at once") {
    House house(16ms, 1024, kCost);
    CHECK(house.say() == kTurn);
    house.cost = 400us;
    CHECK(house.say() == 0ms);
    CHECK(house.take_due() == 8);
  }

  TEST_CASE("a tick tells no more than a few hundred, however many they are") {
    for (const std::size_t count : {1, 127, 128, 255, 256, 8191, 8192, 100'000}) {
      House house(8ms, count, 2ms);
      house.say();
      const Pace::Share share = house.pace.take(house.now);
      CHECK(share.of == std::clamp<std::size_t>(count / 128, 1, 64));
      CHECK(share.index < share.of);
    }
  }
}

}  // namespace chatd::chat
