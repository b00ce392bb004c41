#include "bench/ledger.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace chatd::bench {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMembers = 5;
constexpr std::size_t kSpeakers = 2;
constexpr std::size_t kBytes = 64;
constexpr Clock::time_point kStart{};

// "1 lost, 2 doubled": the faults that were found, and no others.
std::string told(const Ledger::Faults& faults) {
  std::string out;
  const auto tell = [&out](std::uint64_t count, const char* what) {
    if (count == 0) return;
    if (!out.empty()) out += ", ";
    out += std::to_string(count) + " " + what;
  };
  tell(faults.lost, "lost");
  tell(faults.doubled, "doubled");
  tell(faults.out_of_order, "out of order");
  tell(faults.malformed, "malformed");
  tell(faults.order_differs, "order differs");
  CHECK((faults.total() == 0) == out.empty());
  return out;
}

// Members 0 and 1 speak, 2 to 4 only listen.
class Talk {
 public:
  Ledger ledger{kMembers, kSpeakers, kMembers, kBytes};

  std::string say(std::size_t speaker) { return std::string(ledger.say(speaker, kStart)); }
  void hear(std::size_t listener, std::string_view text) { ledger.hear(listener, text, kStart); }

  // All that may hear it do, but for one.
  void tell_all_but(std::size_t deaf, std::size_t speaker, std::string_view text) {
    for (std::size_t listener = 0; listener < kMembers; ++listener) {
      if (listener != speaker && listener != deaf) hear(listener, text);
    }
  }
  void tell_all(std::size_t speaker, std::string_view text) {
    tell_all_but(kMembers, speaker, text);
  }
  void talk(int messages) {
    for (int i = 0; i < messages; ++i) {
      for (std::size_t speaker = 0; speaker < kSpeakers; ++speaker) tell_all(speaker, say(speaker));
    }
  }
  std::string faults() const { return told(ledger.faults()); }
};

TEST_SUITE("bench") {
  TEST_CASE("what all have heard once and in order is without a fault") {
    Talk talk;
    CHECK(talk.ledger.all_through());
    CHECK(talk.ledger.all_heard());
    talk.talk(100);
    CHECK(talk.faults().empty());
    CHECK(talk.ledger.all_through());
    CHECK(talk.ledger.all_heard());
    CHECK(talk.ledger.said() == 200);
    CHECK(talk.ledger.heard() == 200 * (kMembers - 1));
  }

  TEST_CASE("a text has the size that was asked for, speaker and number in it") {
    Talk talk;
    CHECK(talk.say(1).starts_with("0001:00000000:"));
    CHECK(talk.say(1).starts_with("0001:00000001:"));
    CHECK(talk.say(0).starts_with("0000:00000000:"));
    for (const std::size_t bytes :
         {std::size_t{0}, Ledger::kLeastBytes, std::size_t{15}, std::size_t{16000}}) {
      Ledger ledger(2, 1, 2, bytes);
      CHECK(ledger.say(0, kStart).size() == std::max(bytes, Ledger::kLeastBytes));
    }
  }

  TEST_CASE("one that a listener did not hear is lost, among others and as the last") {
    for (const std::size_t deaf : {std::size_t{1}, std::size_t{3}}) {
      CAPTURE(deaf);
      Talk talk;
      talk.tell_all_but(deaf, 0, talk.say(0));
      CHECK_FALSE(talk.ledger.all_through());
      CHECK_FALSE(talk.ledger.all_heard());
      // Speakers hear another order by nature: only the others' is compared.
      const std::string more = deaf < kSpeakers ? "" : ", 1 order differs";
      CHECK(talk.faults() == "1 lost" + more);
      talk.talk(3);
      CHECK(talk.faults() == "1 lost" + more);
    }
  }

  TEST_CASE("all that nobody heard is lost") {
    Talk talk;
    talk.say(0);
    talk.say(1);
    talk.say(1);
    CHECK(talk.faults() == "12 lost");
  }

  TEST_CASE("a gap of several is several lost") {
    Talk talk;
    std::vector<std::string> said;
    for (int i = 0; i < 5; ++i) said.push_back(talk.say(0));
    for (const std::string& text : said) talk.tell_all_but(1, 0, text);
    talk.hear(1, said[0]);
    talk.hear(1, said[4]);
    CHECK(talk.faults() == "3 lost");
  }

  TEST_CASE("one that is heard again is doubled, at once or later") {
    Talk talk;
    const std::string first = talk.say(0);
    talk.tell_all(0, first);
    talk.hear(3, first);
    CHECK(talk.faults() == "1 doubled");
    talk.talk(10);
    talk.hear(4, first);
    talk.hear(4, first);
    CHECK(talk.faults() == "3 doubled");
    CHECK(talk.ledger.all_heard());
  }

  TEST_CASE("two that changed places are one out of order, and none lost") {
    Talk talk;
    const std::string first = talk.say(0);
    const std::string second = talk.say(0);
    for (const std::string& text : {first, second}) talk.tell_all_but(1, 0, text);
    talk.hear(1, second);
    CHECK(talk.faults() == "1 lost");
    talk.hear(1, first);
    CHECK(talk.faults() == "1 out of order");
    CHECK(talk.ledger.all_heard());
    CHECK(talk.ledger.all_through());
    talk.hear(1, first);
    CHECK(talk.faults() == "1 doubled, 1 out of order");
  }

  TEST_CASE("a text that was changed in any byte is not heard but malformed") {
    Talk sample;
    const std::string good = sample.say(0);
    for (std::size_t at = 0; at < good.size(); ++at) {
      CAPTURE(at);
      Talk talk;
      std::string text = talk.say(0);
      text[at] ^= 1;
      talk.hear(3, text);
      CHECK(talk.ledger.faults().malformed == 1);
      CHECK(talk.ledger.heard() == 0);
    }
  }

  TEST_CASE("a text that is too long, too short or empty is malformed") {
    Talk talk;
    const std::string good = talk.say(0);
    talk.hear(3, good + ".");
    talk.hear(3, good.substr(0, good.size() - 1));
    talk.hear(3, good.substr(1));
    talk.hear(3, "");
    CHECK(talk.ledger.faults().malformed == 4);
    CHECK(talk.ledger.heard() == 0);
  }

  TEST_CASE("a text of the wrong author is malformed") {
    Talk talk;
    const std::string text = talk.say(0);
    talk.tell_all(0, text);
    talk.hear(0, text);  // its own, back again
    CHECK(talk.faults() == "1 malformed");
    const std::string rest = text.substr(4);
    talk.hear(3, "0001" + rest);  // who has said nothing yet
    talk.hear(3, "0002" + rest);  // who only listens
    talk.hear(3, "9999" + rest);
    talk.hear(3, "-001" + rest);
    CHECK(talk.faults() == "5 malformed");
  }

  TEST_CASE("a number that was not said yet is malformed") {
    Talk talk;
    const std::string text = talk.say(0);
    talk.tell_all(0, text);
    talk.hear(3, "0000:00000001" + text.substr(13));
    talk.hear(3, "0000:99999999" + text.substr(13));
    talk.hear(3, "0000:0000000x" + text.substr(13));
    CHECK(talk.faults() == "3 malformed");
  }

  TEST_CASE("one that a listener hears in another order than the others is found") {
    Talk talk;
    talk.talk(3);
    const std::string a = talk.say(0);
    const std::string b = talk.say(1);
    talk.hear(0, b);
    talk.hear(1, a);
    for (const std::size_t listener : {2, 4}) {
      talk.hear(listener, a);
      talk.hear(listener, b);
    }
    talk.hear(3, b);
    talk.hear(3, a);
    CHECK(talk.faults() == "1 order differs");
    talk.talk(3);
    CHECK(talk.faults() == "1 order differs");
    CHECK(talk.ledger.all_heard());
  }

  TEST_CASE("a message is under way until the last prompt listener has heard it") {
    Ledger ledger(4, 1, 3, kBytes);  // the last one stalls
    const std::string text(ledger.say(0, kStart));
    CHECK(ledger.in_flight(0) == 1);
    ledger.hear(1, text, kStart);
    CHECK(ledger.in_flight(0) == 1);
    CHECK_FALSE(ledger.all_through());
    ledger.hear(2, text, kStart);
    CHECK(ledger.in_flight(0) == 0);
    CHECK(ledger.all_through());
    CHECK_FALSE(ledger.all_heard());
    CHECK(told(ledger.faults()) == "1 lost, 1 order differs");
    ledger.hear(3, text, kStart);
    CHECK(ledger.all_heard());
    CHECK(told(ledger.faults()).empty());
  }

  TEST_CASE("the time runs from the intended moment to each prompt listener's ear") {
    Ledger ledger(4, 1, 3, kBytes);
    const std::string text(ledger.say(0, kStart));
    ledger.hear(1, text, kStart + milliseconds{2});
    ledger.hear(2, text, kStart + milliseconds{30});
    ledger.hear(3, text, kStart + milliseconds{4000});  // it stalls, and is not timed
    CHECK(ledger.latency().count() == 2);
    CHECK(ledger.latency().largest() == milliseconds{30});
    CHECK(ledger.latency().quantile(0.0) >= milliseconds{2});
    CHECK(ledger.latency().quantile(0.0) < milliseconds{3});
    ledger.clear_latency();
    CHECK(ledger.latency().count() == 0);
  }

  TEST_CASE("one that comes late is timed too") {
    Ledger ledger(2, 1, 2, kBytes);
    const std::string first(ledger.say(0, kStart));
    const std::string second(ledger.say(0, kStart));
    ledger.hear(1, second, kStart + milliseconds{1});
    ledger.hear(1, first, kStart + milliseconds{50});
    CHECK(ledger.latency().count() == 2);
    CHECK(ledger.latency().largest() == milliseconds{50});
    CHECK(ledger.in_flight(0) == 0);
  }
}

}  // namespace
}  // namespace chatd::bench
