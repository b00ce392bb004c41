#include "chat/room_feed.h"

#include "support/test_house.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace chatd::chat {
namespace {

using test::Guest;
using test::TestHouse;
using std::chrono_literals::operator""ms;

constexpr std::size_t kLogBytes = std::size_t{64} << 10;
constexpr HubOptions kSmallLog{.fanout = {.log_bytes = kLogBytes}};
const std::string kText(1000, 'x');

// What ready() lets through until it says no; at most `limit`.
int say_while_ready(TestHouse& house, Guest& speaker, int limit) {
  for (int said = 0; said < limit; ++said) {
    if (!house.hub().ready(house.room(), *speaker.listener)) return said;
    house.say(speaker, kText);
    house.settle();
  }
  return limit;
}

}  // namespace

TEST_SUITE("chat") {
  TEST_CASE("while readers are far behind, speakers are held; they go on when it is read") {
    TestHouse house(2, kSmallLog);
    Guest& speaker = house.enter(1, "m1", 0);
    Guest& reader = house.enter(2, "m2", 1);
    house.settle();
    reader.peer->write_room = 0;
    const int said = say_while_ready(house, speaker, 1000);
    CHECK(said > 30);  // half of the log
    CHECK(said < 50);  // three quarters
    CHECK(speaker.session->connection().reading_paused());
    CHECK(reader.hear().empty());
    reader.peer->write_room = 10'000'000;
    house.advance(200ms);
    CHECK(reader.hear().size() == static_cast<std::size_t>(said));
    CHECK_FALSE(speaker.session->connection().reading_paused());
    CHECK(house.hub().ready(house.room(), *speaker.listener));
  }

  TEST_CASE("the few who read nothing do not hold up the many for longer than a moment") {
    TestHouse house(1, kSmallLog);
    Guest& speaker = house.enter(1, "m1");
    std::vector<Guest*> readers;
    for (std::uint64_t member = 2; member < 12; ++member) {
      readers.push_back(&house.enter(member, "m"));
    }
    house.settle();
    readers[0]->peer->write_room = 0;
    CHECK(say_while_ready(house, speaker, 1000) < 1000);
    house.advance(900ms);
    CHECK_FALSE(readers[0]->session->closing());
    house.advance(300ms);
    CHECK(readers[0]->session->closing());
    CHECK(house.hub().ready(house.room(), *speaker.listener));
    for (std::size_t index = 1; index < readers.size(); ++index) {
      CHECK_FALSE(readers[index]->session->closing());
    }
  }

  TEST_CASE("when many are slow the room waits for them, as long as they read at all") {
    TestHouse house(1, kSmallLog);
    Guest& speaker = house.enter(1, "m1");
    Guest& slow = house.enter(2, "m2");
    Guest& dead = house.enter(3, "m3");
    house.settle();
    slow.peer->write_room = 0;
    dead.peer->write_room = 0;
    CHECK(say_while_ready(house, speaker, 1000) < 1000);
    for (int second = 0; second < 3; ++second) {
      slow.peer->write_room = kLogBytes / 4096 + 1;
      house.advance(1100ms);
    }
    CHECK_FALSE(slow.session->closing());
    CHECK(dead.session->closing());
  }

  TEST_CASE("for those who read nothing nobody waits; they lose nothing that the log holds") {
    TestHouse house(1, kSmallLog);
    Guest& speaker = house.enter(1, "m1");
    Guest& reader = house.enter(2, "m2");
    std::vector<Guest*> stalled;
    for (std::uint64_t member = 3; member < 13; ++member) {
      stalled.push_back(&house.enter(member, "m"));
    }
    house.settle();
    for (Guest* guest : stalled) {
      guest->hear();
      guest->peer->write_room = 0;
    }
    house.say(speaker, "first");
    house.advance(2500ms);  // they are known to stall
    reader.hear();
    // Three quarters of the log, all but a little.
    CHECK(say_while_ready(house, speaker, 45) == 45);
    CHECK(reader.hear().size() == 45);
    for (Guest* guest : stalled) CHECK_FALSE(guest->session->closing());
    Guest& wakes = *stalled.back();
    wakes.peer->write_room = 10'000'000;
    house.advance(100ms);
    CHECK(wakes.hear().size() == 46);
    CHECK(say_while_ready(house, speaker, 200) == 200);
    CHECK(reader.hear().size() == 200);
    CHECK_FALSE(wakes.session->closing());
    for (std::size_t index = 0; index + 1 < stalled.size(); ++index) {
      CHECK(stalled[index]->session->closing());
    }
  }

  TEST_CASE("who is cut off reads whole frames to the last, and then why") {
    for (std::size_t room = 0; room < 30; ++room) {
      TestHouse house(1, kSmallLog);
      Guest& speaker = house.enter(1, "m1");
      std::vector<Guest*> others;
      for (std::uint64_t member = 2; member < 8; ++member) {
        others.push_back(&house.enter(member, "m"));
      }
      house.settle();
      Guest& slow = *others[0];
      slow.hear();
      slow.peer->write_room = 1000 + room;
      say_while_ready(house, speaker, 1000);
      house.advance(1100ms);
      slow.peer->write_room = 10'000'000;
      house.settle();
      const auto heard = slow.hear();
      CHECK(heard.size() <= 2);
      for (const std::string& text : heard) CHECK(text == "m1说:" + kText);
      CHECK(slow.unread.empty());
      CHECK(slow.close_frame == "\x03\xF5reading too slowly");
    }
  }

  TEST_CASE("a reader that is behind, but within the log, loses nothing") {
    TestHouse house(1, kSmallLog);
    Guest& speaker = house.enter(1, "m1");
    Guest& slow = house.enter(2, "m2");
    house.settle();
    slow.peer->write_room = 0;
    for (int said = 0; said < 25; ++said) {
      house.say(speaker, std::to_string(said));
      house.settle();
    }
    house.advance(5000ms);
    slow.peer->write_room = 10'000'000;
    house.settle();
    const auto heard = slow.hear();
    REQUIRE(heard.size() == 25);
    for (std::size_t number = 0; number < heard.size(); ++number) {
      CHECK(heard[number] == "m1说:" + std::to_string(number));
    }
  }
}

}  // namespace chatd::chat
