#include "support/chat_house.h"
#include "support/crowd.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace chatd {
namespace {

using test::ChatHouse;
using test::Crowd;

// What a member heard others say, without the notices of who came and went.
using Heard = std::vector<std::string>;

// Under a sanitizer everything takes many times as long, and shows its faults with fewer.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kManyMembers = 150;
#else
constexpr std::size_t kManyMembers = 1000;
#endif

bool is_said(std::string_view text) { return text.find("说:") != std::string_view::npos; }

// What that member would have heard if it heard all but its own words.
Heard without(const Heard& all, std::size_t member) {
  const std::string own = "m" + std::to_string(member) + "说:";
  Heard others;
  for (const std::string& text : all) {
    if (!text.starts_with(own)) others.push_back(text);
  }
  return others;
}

struct Load {
  std::size_t members = 0;
  std::size_t senders = 0;
  std::size_t messages = 0;  // of each sender
  std::size_t message_bytes = 0;
  std::size_t workers = 2;
  chat::HubOptions hub{};
};

// Everyone joins, the senders say all that they have to say at once, and everyone must have heard
// it in one order.
void check_all_hear_all(const Load& load) {
  ChatHouse house({.workers = load.workers, .hub = load.hub});
  std::vector<Heard> heard(load.members);
  std::size_t missing = load.senders * load.messages * (load.members - 1);
  Crowd crowd(house.port(), test::kSecret, load.members,
              [&](std::size_t member, std::string_view text) {
                if (!is_said(text)) return;
                heard[member].emplace_back(text);
                --missing;
              });
  for (std::size_t number = 0; number < load.messages; ++number) {
    for (std::size_t sender = 0; sender < load.senders; ++sender) {
      std::string text = std::to_string(number) + " ";
      text.resize(std::max(text.size(), load.message_bytes), 'x');
      crowd.say(sender, text);
    }
  }
  crowd.run_until([&] { return missing == 0; }, std::chrono::seconds{300});
  const Heard& all = heard.back();  // a member that says nothing
  REQUIRE(all.size() == load.senders * load.messages);
  for (std::size_t member = 0; member < load.members; ++member) {
    REQUIRE(heard[member] == (member < load.senders ? without(all, member) : all));
  }
  // And each sender's own words stand in the order in which it said them.
  for (std::size_t sender = 0; sender < load.senders; ++sender) {
    const std::string own = "m" + std::to_string(sender) + "说:";
    std::size_t expected = 0;
    for (const std::string& text : all) {
      if (text.starts_with(own)) CHECK(text.starts_with(own + std::to_string(expected++) + " "));
    }
    CHECK(expected == load.messages);
  }
}

}  // namespace

TEST_SUITE("e2e") {
  TEST_CASE("a thousand members hear four that talk as fast as they can, all in one order") {
    check_all_hear_all(
        {.members = kManyMembers, .senders = 4, .messages = 100, .message_bytes = 64});
  }

  TEST_CASE("everyone talks and everyone hears all others, with one worker and with three") {
    for (const std::size_t workers : {1, 3}) {
      check_all_hear_all(
          {.members = 60, .senders = 59, .messages = 40, .message_bytes = 20, .workers = workers});
    }
  }

  TEST_CASE(
      "when there is more to say than a room's log can keep, speakers wait and nothing is lost") {
    // 8 MiB through a log of 256 KiB: far more than sockets and log together hold for anyone who is
    // read from this slowly.
    check_all_hear_all({.members = 20,
                        .senders = 2,
                        .messages = 1000,
                        .message_bytes = 4096,
                        .hub = {.fanout = {.log_bytes = std::size_t{256} << 10}}});
  }

  TEST_CASE("one who reads nothing is cut off, and the others hear all") {
    ChatHouse house({.hub = {.fanout = {.log_bytes = std::size_t{256} << 10}}});
    constexpr std::size_t kMembers = 10;
    constexpr std::size_t kMessages =
        6000;  // 24 MiB: beyond what the kernel buffers for one socket
    std::vector<std::size_t> heard(kMembers);
    bool leave_noticed = false;
    Crowd crowd(house.port(), test::kSecret, kMembers,
                [&](std::size_t member, std::string_view text) {
                  if (is_said(text)) ++heard[member];
                  if (text == "~~~m9离开了聊天室~~~") leave_noticed = true;
                });
    crowd.stall(9);
    const std::string text(4096, 'x');
    for (std::size_t number = 0; number < kMessages; ++number) crowd.say(0, text);
    crowd.run_until([&] { return heard[1] == kMessages && leave_noticed; },
                    std::chrono::seconds{300});
    for (std::size_t member = 1; member < 9; ++member) {
      crowd.run_until([&] { return heard[member] >= kMessages; }, std::chrono::seconds{20});
      CHECK(heard[member] == kMessages);
    }
    CHECK(heard[0] == 0);
  }
}

}  // namespace chatd
