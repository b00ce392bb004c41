#include "net/mailbox.h"

#include <doctest/doctest.h>

#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <poll.h>

namespace chatd::net {
namespace {

bool is_awake(const Mailbox& mailbox) {
  pollfd watched{.fd = mailbox.fd(), .events = POLLIN, .revents = 0};
  return ::poll(&watched, 1, 0) == 1;
}

}  // namespace

TEST_SUITE("net") {
  TEST_CASE("posted tasks run in the order of posting") {
    Mailbox mailbox;
    std::vector<int> order;
    for (int number = 0; number < 5; ++number) {
      mailbox.post([&order, number] { order.push_back(number); });
    }
    CHECK(order.empty());
    CHECK(mailbox.size() == 5);
    mailbox.run();
    CHECK(order == std::vector{0, 1, 2, 3, 4});
    CHECK(mailbox.size() == 0);
  }

  TEST_CASE("the first post to an empty box wakes, and the wake is cleared") {
    Mailbox mailbox;
    CHECK_FALSE(is_awake(mailbox));
    mailbox.post([] {});
    CHECK(is_awake(mailbox));
    mailbox.clear_wake();
    CHECK_FALSE(is_awake(mailbox));
    mailbox.post([] {});
    CHECK_FALSE(is_awake(mailbox));  // the box was not empty: whoever cleared the wake will run
    mailbox.run();
    mailbox.post([] {});
    CHECK(is_awake(mailbox));
  }

  TEST_CASE("what a task posts waits for the next run, and wakes for it") {
    Mailbox mailbox;
    int runs = 0;
    mailbox.post([&] {
      ++runs;
      mailbox.post([&] { ++runs; });
    });
    mailbox.clear_wake();
    mailbox.run();
    CHECK(runs == 1);
    CHECK(is_awake(mailbox));
    CHECK(mailbox.size() == 1);
    mailbox.run();
    CHECK(runs == 2);
  }

  TEST_CASE("a post of the loop's own thread wakes nobody; others that follow need not either") {
    Mailbox mailbox;
    const auto is_awake = [&] {
      pollfd descriptor{.fd = mailbox.fd(), .events = POLLIN, .revents = 0};
      return ::poll(&descriptor, 1, 0) == 1;
    };
    int runs = 0;
    mailbox.post_here([&] { ++runs; });
    mailbox.post([&] { ++runs; });
    CHECK_FALSE(is_awake());
    CHECK(mailbox.size() == 2);  // what the loop asks before it sleeps
    mailbox.run();
    CHECK(runs == 2);
    mailbox.post([&] { ++runs; });
    CHECK(is_awake());
  }

  TEST_CASE("tasks that never ran die with the box") {
    const auto shared = std::make_shared<int>(1);
    {
      Mailbox mailbox;
      mailbox.post([shared] {});
      CHECK(shared.use_count() == 2);
    }
    CHECK(shared.use_count() == 1);
  }

  TEST_CASE("tasks of many threads all arrive, each thread's in its order") {
    constexpr int kThreads = 4;
    constexpr int kTasks = 3000;
    Mailbox mailbox;
    std::vector<int> next(kThreads, 0);
    int wrong = 0;
    std::vector<std::thread> threads;
    for (int number = 0; number < kThreads; ++number) {
      threads.emplace_back([&, number] {
        for (int i = 0; i < kTasks; ++i) {
          mailbox.post([&, number, i] { wrong += next[static_cast<std::size_t>(number)]++ != i; });
        }
      });
    }
    int arrived = 0;
    bool size_ran_away = false;
    while (arrived < kThreads * kTasks) {
      pollfd watched{.fd = mailbox.fd(), .events = POLLIN, .revents = 0};
      REQUIRE(::poll(&watched, 1, 10'000) == 1);  // a lost wake-up would end here
      mailbox.clear_wake();
      mailbox.run();
      size_ran_away = size_ran_away || mailbox.size() > kThreads * kTasks;
      arrived = 0;
      for (const int count : next) arrived += count;
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK_FALSE(size_ran_away);
    CHECK(mailbox.size() == 0);
  }
}

}  // namespace chatd::net
