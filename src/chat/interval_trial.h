#pragma once
// IntervalTrial: whether a room goes at the short or at the long interval, found by trying both.
// A member of its Room, guarded by the room's mutex, so that all workers change over together.

#include "base/time_source.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace chatd::chat {

// How far apart the turns of a busy room's members are (see Pace).
enum class Interval : std::uint8_t {
  Short,  // as short as sending allows
  Long,   // up to the bound: more is sent together
};

// A longer interval saves work where people and feeds speak, who have something to say however long
// the room takes. Those who wait until all have heard them only speak less often: then nothing is
// saved and everyone is slowed. No message tells which of the two its speaker is, so the room goes
// at the other interval now and then, and keeps the long one unless clearly less is said meanwhile:
//
//   |--- kept ------|-tried-|--- kept --------------------|-tried-|
class IntervalTrial {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Something is said in the room: at which interval it, and what follows, is to be sent.
  Interval on_message(Time now);

 private:
  using Duration = Time::duration;

  // How much was said in how much time, without the pauses.
  struct Tally {
    Duration time{};
    std::int64_t messages = 0;

    double rate() const;
  };

  Interval present() const;
  void conclude();

  Interval kept_ = Interval::Long;
  bool trying_ = false;      // the other one
  int kept_for_trials_ = 1;  // how long it is kept until the next trial, in lengths of one
  std::optional<Time> last_;
  Tally with_kept_;
  Tally with_tried_;
};

}  // namespace chatd::chat
