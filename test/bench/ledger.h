#pragma once
// Ledger: what each speaker has said, and who has heard it: nothing may be lost, doubled, changed
// or out of order. One thread; owned by the Crowd.

#include "bench/histogram.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chatd::bench {

using Clock = std::chrono::steady_clock;

// Everyone may listen; members 0 … speakers-1 speak. A text is
//
//   "0003:00000017:lorem…"   speaker, number, and words that fill it up to its size
class Ledger {
 public:
  struct Faults {
    std::uint64_t lost = 0;
    std::uint64_t doubled = 0;
    std::uint64_t out_of_order = 0;
    std::uint64_t malformed = 0;
    std::uint64_t order_differs = 0;  // listeners who heard another order than the first one did

    std::uint64_t total() const {
      return lost + doubled + out_of_order + malformed + order_differs;
    }
  };

  // `prompt`: the listeners whom a message must have reached to be through; those behind them are
  // known to stall. `bytes`: of a text.
  Ledger(std::size_t members, std::size_t speakers, std::size_t prompt, std::size_t bytes);

  static constexpr std::size_t kLeastBytes = 14;

  // The next text of that speaker, who meant to say it at `intended`. Valid until the next call.
  std::string_view say(std::size_t speaker, Clock::time_point intended);

  // A listener heard `text`, the speaker's own part of the message.
  void hear(std::size_t listener, std::string_view text, Clock::time_point now);

  // Messages of that speaker which have not reached all prompt listeners yet.
  std::size_t in_flight(std::size_t speaker) const { return speakers_[speaker].waiting.size(); }
  bool all_through() const { return in_flight_ == 0; }
  // All the listeners have heard all, the slow ones too.
  bool all_heard() const { return heard_ == owed_; }

  std::uint64_t said() const { return said_; }
  std::uint64_t heard() const { return heard_; }
  // From the intended moment to each prompt listener's ear; those since the last clear_latency().
  const Histogram& latency() const { return latency_; }
  void clear_latency() { latency_ = {}; }

  // To be asked when all has been heard, or has had its time.
  Faults faults() const;

 private:
  struct Waiting {
    Clock::time_point intended;
    std::size_t ears = 0;  // prompt listeners who have not heard it
  };
  struct Speaker {
    std::uint32_t next = 0;       // number of what it says next
    std::deque<Waiting> waiting;  // the last of them has the number next - 1
  };

  bool is_news(std::size_t listener, std::size_t speaker, std::uint32_t number);

  const std::size_t members_;
  const std::size_t prompt_;
  std::string text_;
  const std::string words_;
  std::vector<Speaker> speakers_;
  std::vector<std::uint32_t> expected_;  // by listener, then speaker
  std::vector<std::uint64_t> order_;     // by listener: a hash of what it heard, in that order
  std::set<std::pair<std::size_t, std::uint64_t>> missing_;  // (listener, speaker and number)
  std::size_t in_flight_ = 0;
  std::uint64_t said_ = 0;
  std::uint64_t heard_ = 0;
  std::uint64_t owed_ = 0;
  Histogram latency_;
  Faults faults_;
};

}  // namespace chatd::bench
