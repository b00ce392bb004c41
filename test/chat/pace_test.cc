#include "chat/pace.h"

#include <doctest/doctest.h>

#include <chrono>

namespace chatd::chat {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;

// A clock that the test turns, and what a member of the room sees of its pace.
struct Speaker {
  Pace pace;
  Pace::Time now = Pace::Time{} + 1h;

  // How long the message waits.
  Pace::Duration say(Pace::Duration cost) {
    pace.on_message(now, cost);
    return pace.due() - now;
  }
  void send() { pace.on_sent(now); }
};

}  // namespace

TEST_SUITE("chat") {
  TEST_CASE("in a quiet room a message waits for nothing") {
    Speaker speaker{Pace(9ms)};
    CHECK(speaker.say(2ms) == 0ms);
    speaker.send();
    speaker.now += 6ms;  // three times the cost
    CHECK(speaker.say(2ms) == 0ms);
  }

  TEST_CASE("soon after a sending it waits until three times the cost have passed since") {
    Speaker speaker{Pace(9ms)};
    speaker.send();
    speaker.now += 1ms;
    CHECK(speaker.say(1ms) == 2ms);
    speaker.now += 1999us;
    CHECK(speaker.say(1ms) == 1us);
  }

  TEST_CASE(
      "waiting and sending together stay within the bound; where sending fills it none waits") {
    Speaker speaker{Pace(9ms)};
    speaker.send();
    CHECK(speaker.say(3ms) == 6ms);
    CHECK(speaker.say(8ms) == 1ms);
    CHECK(speaker.say(9ms) == 0ms);
    CHECK(speaker.say(20ms) == 0ms);
  }

  TEST_CASE("what is sent in no time is not worth a wait, and with no bound nothing waits") {
    Speaker speaker{Pace(9ms)};
    speaker.send();
    CHECK(speaker.say(99us) == 0ms);
    CHECK(speaker.say(100us) > 0ms);
    Speaker hasty{Pace(0ms)};
    hasty.send();
    CHECK(hasty.say(1ms) == 0ms);
  }

  TEST_CASE("once speakers come in quick succession, a silence ends the wait early") {
    Speaker speaker{Pace(9ms)};
    speaker.send();
    for (int message = 0; message < 40; ++message) {
      speaker.now += 10us;
      speaker.say(2ms);
    }
    // A sixteenth of the cost; two gaps would be less.
    CHECK(speaker.say(2ms) == 125us);
    // The silence in which the room was sent is none of theirs.
    speaker.now += 5ms;
    speaker.send();
    speaker.now += 1ms;
    CHECK(speaker.say(2ms) == 125us);
  }

  TEST_CASE("speakers at a steady pace are waited for, and no longer than the interval") {
    Speaker speaker{Pace(9ms)};
    speaker.send();
    for (int message = 0; message < 40; ++message) {
      speaker.now += 1ms;
      if (speaker.say(2ms) == 0ms) speaker.send();
    }
    speaker.send();
    speaker.now += 1ms;
    CHECK(speaker.say(2ms) > 1500us);
    CHECK(speaker.say(2ms) <= 5ms);
  }
}

}  // namespace chatd::chat
