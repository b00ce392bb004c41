#include "chat/roster.h"

#include "support/manual_time.h"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace chatd::chat {
namespace {

using namespace std::chrono_literals;
using test::ManualTime;
using Claim = Roster::Claim;
using Entrance = Roster::Entrance;

Login login(const std::string& name, const std::string& signature) {
  return {.nickname = *parse_nickname(name), .signature = signature};
}

struct TestRoster {
  explicit TestRoster(const RosterLimits& limits = {.grace = 60s, .names = 100})
      : roster(time, limits) {}

  // Claims and tells the member.
  MemberId enter(const Login& who) {
    REQUIRE(roster.claim(who) == Claim::Granted);
    const auto member = roster.resume(who);
    REQUIRE(member);
    return *member;
  }

  ManualTime time;
  Roster roster;
};

const Login kAna = login("Ana", "a1");
const Login kOtherAna = login("Ana", "a2");

}  // namespace

TEST_SUITE("chat") {
  TEST_CASE("a name is granted once, and to nobody else in whatever case or width") {
    TestRoster test;
    CHECK(test.roster.claim(kAna) == Claim::Granted);
    CHECK(test.roster.claim(kOtherAna) == Claim::Taken);
    CHECK(test.roster.claim(login("ANA", "a3")) == Claim::Taken);
    CHECK(test.roster.claim(login("Ａｎａ", "a4")) == Claim::Taken);
    CHECK(test.roster.claim(login("Ben", "b1")) == Claim::Granted);
  }

  TEST_CASE("a second claim with the same cookie is refused too") {
    // Two who log in within one second get the same signature from the same secret.
    TestRoster test;
    CHECK(test.roster.claim(kAna) == Claim::Granted);
    CHECK(test.roster.claim(kAna) == Claim::Taken);
  }

  TEST_CASE("a login that comes again is the same member") {
    TestRoster test;
    const MemberId member = test.enter(kAna);
    CHECK(member != MemberId::None);
    CHECK(test.roster.resume(kAna) == member);
    CHECK(test.roster.resume(kOtherAna) == std::nullopt);
    CHECK(test.enter(login("Ben", "b1")) != member);
  }

  TEST_CASE("while a login logs out its cookie is worth nothing and its name is nobody else's") {
    TestRoster test;
    const MemberId member = test.enter(kAna);
    CHECK(test.roster.holds("ana", member));
    CHECK(test.roster.revoke(kAna) == member);
    CHECK_FALSE(test.roster.holds("ana", member));
    CHECK(test.roster.resume(kAna) == std::nullopt);
    CHECK(test.roster.open_socket("ana", member) == Entrance::LoggedOut);
    CHECK(test.roster.claim(kOtherAna) == Claim::Taken);
    CHECK(test.roster.release(kAna) == member);
    CHECK(test.roster.claim(kOtherAna) == Claim::Granted);
  }

  TEST_CASE("a login has as many sockets as it may, and not one more") {
    TestRoster test({.grace = 60s, .names = 100, .sockets_per_login = 3});
    const MemberId member = test.enter(kAna);
    for (int i = 0; i < 3; ++i) {
      CHECK(test.roster.open_socket("ana", member) == Entrance::Opened);
    }
    CHECK(test.roster.open_socket("ana", member) == Entrance::TooMany);
    test.roster.close_socket("ana", member);
    CHECK(test.roster.open_socket("ana", member) == Entrance::Opened);
  }

  TEST_CASE("a name is kept for the grace of who stays away, and not a moment longer") {
    TestRoster test;
    test.enter(kAna);
    test.time.advance(60s - 1ms);
    CHECK(test.roster.claim(kOtherAna) == Claim::Taken);
    test.time.advance(1ms);
    CHECK(test.roster.claim(kOtherAna) == Claim::Granted);
    CHECK(test.roster.resume(kAna) == std::nullopt);
  }

  TEST_CASE("each page that a login asks for begins the grace anew") {
    TestRoster test;
    const MemberId member = test.enter(kAna);
    for (int i = 0; i < 3; ++i) {
      test.time.advance(59s);
      CHECK(test.roster.resume(kAna) == member);
    }
    test.time.advance(60s - 1ms);
    CHECK(test.roster.claim(kOtherAna) == Claim::Taken);
  }

  TEST_CASE("who comes back after the grace, to a name that is still free, keeps the member") {
    TestRoster test;
    const MemberId member = test.enter(kAna);
    test.time.advance(1h);
    CHECK(test.roster.resume(kAna) == member);
    CHECK(test.roster.claim(kOtherAna) == Claim::Taken);
  }

  TEST_CASE("a cookie from before a restart takes its name back if it is free") {
    TestRoster test;
    const auto member = test.roster.resume(kAna);
    REQUIRE(member);
    CHECK(test.roster.resume(kAna) == member);
    CHECK(test.roster.resume(kOtherAna) == std::nullopt);
    CHECK(test.roster.claim(kOtherAna) == Claim::Taken);
  }

  TEST_CASE("a socket holds the name, however long") {
    TestRoster test;
    const MemberId member = test.enter(kAna);
    REQUIRE(test.roster.open_socket("ana", member) == Entrance::Opened);
    test.time.advance(24h);
    CHECK(test.roster.claim(kOtherAna) == Claim::Taken);
    test.roster.close_socket("ana", member);
    test.time.advance(60s - 1ms);
    CHECK(test.roster.claim(kOtherAna) == Claim::Taken);
    test.time.advance(1ms);
    CHECK(test.roster.claim(kOtherAna) == Claim::Granted);
  }

  TEST_CASE("of several sockets the last one begins the grace") {
    TestRoster test;
    const MemberId member = test.enter(kAna);
    REQUIRE(test.roster.open_socket("ana", member) == Entrance::Opened);
    REQUIRE(test.roster.open_socket("ana", member) == Entrance::Opened);
    test.roster.close_socket("ana", member);
    test.time.advance(2h);
    CHECK(test.roster.claim(kOtherAna) == Claim::Taken);
    test.roster.close_socket("ana", member);
    // One close too many does no harm.
    test.roster.close_socket("ana", member);
    test.time.advance(60s);
    CHECK(test.roster.claim(kOtherAna) == Claim::Granted);
  }

  TEST_CASE("a socket is not opened on a name that went to another") {
    TestRoster test;
    const MemberId member = test.enter(kAna);
    test.time.advance(60s);
    const MemberId other = test.enter(kOtherAna);
    CHECK(test.roster.open_socket("ana", member) == Entrance::LoggedOut);
    CHECK(test.roster.open_socket("nobody", member) == Entrance::LoggedOut);
    CHECK(test.roster.open_socket("ana", other) == Entrance::Opened);
    // A socket of the former member that closes late does not touch the present one.
    test.roster.close_socket("ana", member);
    test.time.advance(1h);
    CHECK(test.roster.claim(kAna) == Claim::Taken);
  }

  TEST_CASE("logging out frees the name at once and spoils the cookie") {
    TestRoster test;
    const MemberId member = test.enter(kAna);
    REQUIRE(test.roster.open_socket("ana", member) == Entrance::Opened);
    CHECK(test.roster.release(kAna) == member);
    CHECK(test.roster.resume(kAna) == std::nullopt);
    CHECK(test.roster.open_socket("ana", member) == Entrance::LoggedOut);
    const MemberId other = test.enter(kOtherAna);
    CHECK(other != member);
    CHECK(test.roster.resume(kAna) == std::nullopt);
    test.roster.close_socket("ana", member);
    CHECK(test.roster.resume(kOtherAna) == other);
  }

  TEST_CASE("logging out with a cookie that holds nothing spoils that cookie alone") {
    TestRoster test;
    const MemberId member = test.enter(kAna);
    CHECK(test.roster.release(kOtherAna) == std::nullopt);
    CHECK(test.roster.resume(kAna) == member);
    CHECK(test.roster.release(kAna) == member);
    CHECK(test.roster.resume(kOtherAna) == std::nullopt);
    CHECK(test.roster.release(kAna) == std::nullopt);
  }

  TEST_CASE("a cookie that was logged out is nobody's again, though the name is free") {
    TestRoster test;
    const MemberId member = test.enter(kAna);
    CHECK(test.roster.release(kAna) == member);
    CHECK(test.roster.claim(kAna) == Claim::Spent);
    CHECK(test.roster.resume(kAna) == std::nullopt);
    CHECK(test.enter(kOtherAna) != member);
    CHECK(test.roster.claim(kAna) == Claim::Taken);
  }

  TEST_CASE("who takes an expired name must not have the cookie of who had it") {
    TestRoster test({.grace = 100ms, .names = 100});
    test.enter(kAna);
    test.time.advance(100ms);
    CHECK(test.roster.claim(kAna) == Claim::Spent);
    CHECK(test.roster.claim(kOtherAna) == Claim::Granted);
    CHECK(test.roster.resume(kAna) == std::nullopt);
  }

  TEST_CASE("as many names are held as the limit says, and no more") {
    TestRoster test({.grace = 60s, .names = 3});
    for (int i = 0; i < 3; ++i) {
      const std::string number = std::to_string(i);
      CHECK(test.roster.claim(login("n" + number, "s" + number)) == Claim::Granted);
    }
    CHECK(test.roster.claim(login("n3", "s3")) == Claim::Full);
    CHECK(test.roster.resume(login("n3", "s3")) == std::nullopt);
    CHECK(test.roster.claim(login("n2", "t2")) == Claim::Taken);
    CHECK(test.roster.resume(login("n2", "s2")));
    CHECK(test.roster.release(login("n0", "s0")));
    CHECK(test.roster.claim(login("n3", "s3")) == Claim::Granted);
    CHECK(test.roster.claim(login("n4", "s4")) == Claim::Full);
  }

  TEST_CASE("a full roster makes room for newcomers when names have expired") {
    TestRoster test({.grace = 60s, .names = 2});
    test.enter(kAna);
    test.enter(login("Ben", "b1"));
    test.time.advance(60s);
    CHECK(test.roster.claim(login("Cy", "c1")) == Claim::Granted);
    CHECK(test.roster.claim(login("Di", "d1")) == Claim::Granted);
    CHECK(test.roster.claim(login("Ed", "e1")) == Claim::Full);
  }

  TEST_CASE("the holder of an expired name gets it back even when the roster is full") {
    TestRoster test({.grace = 60s, .names = 1});
    test.enter(kAna);
    test.time.advance(30s);
    CHECK(test.roster.claim(login("Ben", "b1")) == Claim::Full);
    test.time.advance(30s);
    CHECK(test.roster.claim(kOtherAna) == Claim::Granted);
    CHECK(test.roster.claim(login("Ben", "b1")) == Claim::Full);
  }

  TEST_CASE("as many logouts are remembered as names may be held") {
    TestRoster test({.grace = 60s, .names = 3});
    const auto ana = [](int i) { return login("Ana", "s" + std::to_string(i)); };
    for (int i = 0; i < 3; ++i) {
      test.enter(ana(i));
      test.roster.release(ana(i));
    }
    for (int i = 0; i < 3; ++i) CHECK(test.roster.resume(ana(i)) == std::nullopt);
    test.roster.release(ana(3));
    for (int i = 1; i < 4; ++i) CHECK(test.roster.resume(ana(i)) == std::nullopt);
    CHECK(test.roster.resume(ana(0)));
  }

  TEST_CASE("a logout that was said again is remembered from then on") {
    TestRoster test({.grace = 60s, .names = 2});
    test.roster.release(login("Ana", "s0"));
    test.roster.release(login("Ana", "s1"));
    test.roster.release(login("Ana", "s0"));
    test.roster.release(login("Ana", "s2"));
    CHECK(test.roster.resume(login("Ana", "s0")) == std::nullopt);
    CHECK(test.roster.resume(login("Ana", "s2")) == std::nullopt);
  }

  TEST_CASE("of many who claim one name at once, one is granted it") {
    constexpr int kThreads = 8;
    constexpr int kRounds = 200;
    TestRoster test({.grace = 60s, .names = 1000});
    std::atomic<int> ready{0};
    std::atomic<int> granted{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        ++ready;
        while (ready < kThreads) std::this_thread::yield();
        for (int round = 0; round < kRounds; ++round) {
          const Login mine = login("n" + std::to_string(round), std::to_string(thread));
          if (test.roster.claim(mine) == Claim::Granted) ++granted;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(granted == kRounds);
  }

  TEST_CASE("logins, sockets and logouts from many threads leave nothing behind") {
    constexpr int kThreads = 4;
    constexpr int kRounds = 500;
    TestRoster test({.grace = 60s, .names = 8});
    std::atomic<int> at_once{0};
    std::atomic<int> clashes{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, mine = login("Ana", std::to_string(thread))] {
        for (int round = 0; round < kRounds; ++round) {
          if (test.roster.claim(mine) != Claim::Granted) continue;
          if (++at_once > 1) ++clashes;
          const auto member = test.roster.resume(mine);
          if (!member || test.roster.open_socket("ana", *member) != Entrance::Opened) ++clashes;
          if (member) test.roster.close_socket("ana", *member);
          --at_once;
          test.roster.release(mine);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(clashes == 0);
    CHECK(test.roster.claim(login("Ana", "last")) == Claim::Granted);
  }

  TEST_CASE("a visitor has so many names waiting for their first socket, and no more") {
    TestRoster test({.grace = 60s, .names = 100, .waiting_per_visitor = 2});
    const auto claim = [&](const std::string& name, std::string_view visitor) {
      return test.roster.claim(login(name, name + "1"), visitor);
    };
    CHECK(claim("A", "192.0.2.1") == Claim::Granted);
    CHECK(claim("B", "192.0.2.1") == Claim::Granted);
    CHECK(claim("C", "192.0.2.1") == Claim::Crowded);
    CHECK_FALSE(test.roster.resume(login("C", "C1"), "192.0.2.1"));
    CHECK(claim("A", "192.0.2.1") == Claim::Taken);
    // Others are not concerned, and who is not counted never is.
    CHECK(claim("C", "192.0.2.2") == Claim::Granted);
    for (const char* name : {"D", "E", "F"}) CHECK(claim(name, "") == Claim::Granted);
    // Its own are resumed, however often.
    CHECK(test.roster.resume(login("A", "A1"), "192.0.2.1"));
    CHECK(test.roster.resume(login("A", "A1"), "192.0.2.1"));
    CHECK(claim("G", "192.0.2.1") == Claim::Crowded);
  }

  TEST_CASE("a name waits no longer once it has a socket, is released or has expired") {
    TestRoster test({.grace = 60s, .names = 100, .waiting_per_visitor = 1});
    const auto claim = [&](const std::string& name) {
      return test.roster.claim(login(name, name + "1"), "192.0.2.1");
    };
    CHECK(claim("A") == Claim::Granted);
    CHECK(claim("B") == Claim::Crowded);
    const auto member = test.roster.resume(login("A", "A1"), "192.0.2.1");
    REQUIRE(member);
    CHECK(test.roster.open_socket("a", *member) == Entrance::Opened);
    CHECK(test.roster.open_socket("a", *member) == Entrance::Opened);
    CHECK(claim("B") == Claim::Granted);
    CHECK(claim("C") == Claim::Crowded);
    // It has been there: to be away for a moment does not make it wait again.
    test.roster.close_socket("a", *member);
    test.roster.close_socket("a", *member);
    CHECK(claim("C") == Claim::Crowded);
    CHECK(test.roster.release(login("B", "B1")));
    CHECK(claim("C") == Claim::Granted);
    CHECK(claim("D") == Claim::Crowded);
    test.time.advance(60s);
    CHECK(claim("D") == Claim::Granted);
    // Taken over by name, before it is swept: it counts once.
    test.time.advance(60s);
    CHECK(test.roster.claim(login("D", "D2"), "192.0.2.1") == Claim::Granted);
    CHECK(claim("E") == Claim::Crowded);
    CHECK(test.roster.release(login("D", "D2")));
    CHECK(claim("E") == Claim::Granted);
  }

  TEST_CASE("without a bound any number of names wait") {
    TestRoster test({.grace = 60s, .names = 100, .waiting_per_visitor = 0});
    for (int i = 0; i < 100; ++i) {
      const std::string name = "n" + std::to_string(i);
      CHECK(test.roster.claim(login(name, name), "192.0.2.1") == Claim::Granted);
    }
  }
}

}  // namespace chatd::chat
