#include "chat/room.h"

#include "support/test_house.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace chatd::chat {
namespace {

using test::Guest;
using test::TestHouse;
using Messages = std::vector<std::string>;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;

// So many that sending to all takes a millisecond and more, and something has just been said.
struct BusyRoom {
  BusyRoom() {
    for (std::uint64_t member = 2; member < 302; ++member) last = &house.enter(member, "m");
    house.settle();
    house.let_writes_take(4us);
    house.say(ana, "first");
    house.settle();
    last->hear();
  }

  TestHouse house{1};
  Guest& ana = house.enter(1, "m1");
  Guest* last = nullptr;  // of the others
};

// Three hundred, by turns on those workers, to whom something has just been said.
std::vector<Guest*> fill(TestHouse& house, std::size_t workers) {
  std::vector<Guest*> guests;
  for (std::uint64_t member = 1; member <= 300; ++member) {
    guests.push_back(&house.enter(member, "m", member % workers));
  }
  house.settle();
  house.let_writes_take(4us);
  house.say(*guests[0], "first");
  house.settle();
  for (Guest* guest : guests) guest->hear();
  return guests;
}

}  // namespace

TEST_SUITE("chat") {
  TEST_CASE("who is there hears who enters, speaks and leaves; the one it is about does not") {
    for (const std::size_t other_worker : {0, 1}) {
      TestHouse house(2);
      Guest& ana = house.enter(1, "m1");
      house.settle();
      Guest& bob = house.enter(2, "m2", other_worker);
      house.settle();
      CHECK(ana.hear() == Messages{"~~~m2进入了聊天室~~~"});
      CHECK(bob.hear().empty());
      house.say(bob, "你好 <b>😀</b>");
      house.settle();
      CHECK(ana.hear() == Messages{"m2说:你好 <b>😀</b>"});
      CHECK(bob.hear().empty());
      bob.peer->reset();
      house.settle();
      CHECK(ana.hear() == Messages{"~~~m2离开了聊天室~~~"});
    }
  }

  TEST_CASE("a member with two sockets enters once, leaves once, and hears itself on neither") {
    TestHouse house(2);
    Guest& ana = house.enter(1, "m1");
    Guest& first = house.enter(2, "m2", 0);
    Guest& second = house.enter(2, "m2", 1);
    house.settle();
    CHECK(ana.hear() == Messages{"~~~m2进入了聊天室~~~"});
    house.say(second, "hi");
    house.settle();
    CHECK(ana.hear() == Messages{"m2说:hi"});
    CHECK(first.hear().empty());
    CHECK(second.hear().empty());
    first.peer->reset();
    house.settle();
    CHECK(ana.hear().empty());
    CHECK(house.room().member_count() == 2);
    second.peer->reset();
    house.settle();
    CHECK(ana.hear() == Messages{"~~~m2离开了聊天室~~~"});
    CHECK(house.room().member_count() == 1);
  }

  TEST_CASE("above the limit nobody is told who enters and leaves, but what is said") {
    TestHouse house(1, {.fanout = {}, .announce_limit = 2});
    Guest& ana = house.enter(1, "m1");
    Guest& bob = house.enter(2, "m2");
    house.settle();
    CHECK(ana.hear() == Messages{"~~~m2进入了聊天室~~~"});
    Guest& eve = house.enter(3, "m3");
    house.settle();
    CHECK(ana.hear().empty());
    house.say(eve, "hi");
    house.settle();
    CHECK(ana.hear() == Messages{"m3说:hi"});
    eve.peer->reset();
    house.settle();
    CHECK(ana.hear().empty());
    bob.peer->reset();
    house.settle();
    CHECK(ana.hear() == Messages{"~~~m2离开了聊天室~~~"});
  }

  TEST_CASE("in a busy room messages that come soon after each other go out together") {
    BusyRoom room;
    const int before = room.last->peer->writes;
    room.house.say(room.ana, "a");
    room.house.pass(100us);
    room.house.say(room.ana, "b");
    room.house.pass(100us);
    CHECK(room.last->peer->writes == before);
    CHECK(room.last->hear().empty());
    room.house.pass(5ms);
    room.house.settle();
    CHECK(room.last->peer->writes == before + 1);
    CHECK(room.last->hear() == Messages{"m1说:a", "m1说:b"});
  }

  TEST_CASE("who comes and goes between the turns makes nobody miss a message") {
    TestHouse house(1, {.fanout = {}, .announce_limit = 0});
    const std::vector<Guest*> guests = fill(house, 1);
    house.say(*guests[0], "second");
    // Half of them have had their turn …
    for (int step = 0; step < 100 && guests[2]->hear().empty(); ++step) house.pass(100us);
    REQUIRE(guests[299]->hear().empty());
    // … and now the last one moves to the place of one of those, and others enter.
    guests[2]->peer->reset();
    house.pass(0us);
    for (std::uint64_t member = 301; member <= 321; ++member) house.enter(member, "m");
    REQUIRE(guests[151]->hear().empty());
    house.pass(10ms);
    house.settle();
    for (std::size_t guest = 151; guest < guests.size(); ++guest) {
      CHECK(guests[guest]->hear() == Messages{"m1说:second"});
    }
  }

  TEST_CASE("two workers that share a busy room gather as one that has it alone") {
    TestHouse house(2);
    const std::vector<Guest*> guests = fill(house, 2);
    house.say(*guests[0], "a");
    house.pass(50us);
    house.say(*guests[0], "b");
    house.pass(50us);
    for (const std::size_t last : {298, 299}) CHECK(guests[last]->hear().empty());
    house.pass(10ms);
    house.settle();
    for (const std::size_t last : {298, 299}) {
      CHECK(guests[last]->hear() == Messages{"m1说:a", "m1说:b"});
    }
  }

  TEST_CASE("a room whose speakers wait until all have heard them comes to go faster") {
    BusyRoom room;
    std::vector<std::chrono::steady_clock::duration> rounds;
    for (int message = 0; message < 200; ++message) {
      const auto said = room.house.now();
      room.house.say(room.ana, "next");
      room.house.pass(0us);
      for (int step = 0; step < 200 && room.last->hear().empty(); ++step) room.house.pass(100us);
      room.house.settle();
      rounds.push_back(room.house.now() - said);
    }
    const auto slowest_of = [&](std::size_t first) {
      return *std::max_element(rounds.begin() + static_cast<std::ptrdiff_t>(first),
                               rounds.begin() + static_cast<std::ptrdiff_t>(first) + 20);
    };
    CHECK(slowest_of(0) > 2 * slowest_of(180));
  }

  TEST_CASE("not even a server that stops keeps back what waits") {
    BusyRoom room;
    room.house.say(room.ana, "last");
    room.house.pass(100us);
    CHECK(room.last->hear().empty());
    room.house.shut_down();
    room.house.settle();
    CHECK(room.last->hear() == Messages{"m1说:last"});
    CHECK(room.last->close_frame == "\x03\xE9");
  }

  TEST_CASE("after a while of quiet a message waits for nothing, however many there are") {
    BusyRoom room;
    room.house.pass(50ms);
    room.house.say(room.ana, "c");
    room.house.settle();
    CHECK(room.last->hear() == Messages{"m1说:c"});
  }

  TEST_CASE("who may return and does is not told of; who does not come back leaves then") {
    TestHouse house(1, {.fanout = {}, .compression = Compression::Off, .leave_delay = 1000ms});
    Guest& ana = house.enter(1, "m1");
    Guest& gone = house.enter(2, "m2");
    house.settle();
    ana.hear();
    gone.departure = Departure::MayReturn;
    gone.peer->reset();
    house.advance(900ms);
    CHECK(ana.hear().empty());
    Guest& back = house.enter(2, "m2");
    house.advance(3000ms);
    CHECK(ana.hear().empty());
    back.departure = Departure::MayReturn;
    back.peer->reset();
    house.advance(900ms);
    CHECK(ana.hear().empty());
    house.advance(200ms);
    CHECK(ana.hear() == Messages{"~~~m2离开了聊天室~~~"});
  }

  TEST_CASE("a member that is evicted leaves once, and its sockets are closed") {
    TestHouse house(2);
    Guest& ana = house.enter(1, "m1");
    Guest& first = house.enter(2, "m2", 0);
    Guest& second = house.enter(2, "m2", 1);
    house.settle();
    ana.hear();
    house.hub().evict(MemberId{2});
    house.settle();
    CHECK(ana.hear() == Messages{"~~~m2离开了聊天室~~~"});
    for (Guest* guest : {&first, &second}) {
      guest->hear();
      CHECK(guest->close_frame == "\x03\xE8logged out");
      guest->peer->reset();
    }
    house.advance(3000ms);
    CHECK(ana.hear().empty());
  }

  TEST_CASE("a newcomer hears what is said after it joined, and nothing from before") {
    TestHouse house;
    Guest& ana = house.enter(1, "m1");
    house.settle();
    house.say(ana, "before");
    Guest& bob = house.enter(2, "m2");
    house.say(ana, "after");
    house.settle();
    CHECK(bob.hear() == Messages{"m1说:after"});
  }

  TEST_CASE("everything that happens in a room is numbered") {
    TestHouse house;
    Guest& ana = house.enter(1, "m1");
    CHECK(house.room().last_seq() == 1);
    house.say(ana, "x");
    CHECK(house.room().last_seq() == 2);
    ana.peer->reset();
    house.settle();
    CHECK(house.room().last_seq() == 3);
  }

  TEST_CASE("own words are left out wherever the socket stops taking bytes") {
    // Ana and Bob speak in turn; Bob's socket takes `room` bytes at first and the rest later.
    for (std::size_t room = 0; room <= 60; ++room) {
      TestHouse house;
      Guest& ana = house.enter(1, "m1");
      Guest& bob = house.enter(2, "m2");
      house.settle();
      bob.peer->write_room = room;
      for (const char* text : {"a", "b", "c"}) {
        house.say(ana, text);
        house.settle();
        house.say(bob, "own");
        house.say(bob, "own again");
        if (text[0] != 'b') house.settle();
      }
      house.settle();
      bob.peer->write_room = 10'000;
      house.settle();
      house.say(ana, "end");
      house.settle();
      CHECK(bob.hear() == Messages{"m1说:a", "m1说:b", "m1说:c", "m1说:end"});
      CHECK(ana.hear().size() == 7);  // Bob's entering and six times his words
    }
  }

  TEST_CASE("who takes deflated frames gets long messages deflated, all others get them plain") {
    TestHouse house(2);
    Guest& ana = house.enter(1, "m1", 0);
    Guest& plain = house.enter(2, "m2", 1);
    Guest& deflated = house.enter(3, "m3", 1, ws::DeflateParams{});
    Guest& small_window = house.enter(4, "m4", 0, ws::DeflateParams{.server_window_bits = 9});
    house.settle();
    for (Guest* guest : {&ana, &plain, &deflated, &small_window}) guest->hear();
    const std::string text(1000, 'x');
    house.say(ana, text);
    house.settle();
    CHECK(deflated.peer->received.size() < 100);
    CHECK(deflated.peer->received.front() == '\xC1');
    CHECK(plain.peer->received.size() > 1000);
    CHECK(small_window.peer->received.front() == '\x81');
    for (Guest* guest : {&plain, &deflated, &small_window}) {
      CHECK(guest->hear() == Messages{"m1说:" + text});
    }
    house.say(ana, "short");
    house.settle();
    CHECK(deflated.peer->received.front() == '\x81');
    CHECK(deflated.hear() == Messages{"m1说:short"});
    house.say(deflated, text);
    house.settle();
    CHECK(deflated.hear().empty());
    CHECK(plain.hear().back() == "m3说:" + text);
  }

  TEST_CASE("all who are on different workers hear one order") {
    TestHouse house(3);
    std::vector<Guest*> guests;
    for (std::uint64_t member = 1; member <= 9; ++member) {
      guests.push_back(&house.enter(member, "m", member % 3));
    }
    Guest& listener_here = house.enter(10, "m10", 0);
    Guest& listener_there = house.enter(11, "m11", 1);
    house.settle();
    listener_here.hear();
    listener_there.hear();
    for (int round = 0; round < 20; ++round) {
      for (std::size_t index = 0; index < guests.size(); ++index) {
        house.say(*guests[(index * 7 + static_cast<std::size_t>(round)) % 9],
                  std::to_string(round));
      }
      if (round % 3 == 0) house.settle();
    }
    house.settle();
    const Messages here = listener_here.hear();
    CHECK(here.size() == 180);
    CHECK(here == listener_there.hear());
  }
}

}  // namespace chatd::chat
