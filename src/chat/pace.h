#pragma once
// Pace: when what was said in a busy room goes out, and to which share of its members. One for each
// room on each worker, in the worker's Fanout; that worker's thread only.

#include "net/timer.h"

#include <cstddef>

namespace chatd::chat {

// A message to a thousand members costs a thousand system calls, and so do ten that go out
// together. So a room whose sending takes noticeable time gathers what is said:
//
//   all       1st share  2nd share  …  last share  1st share
//    |--cost-->|----|     |----|        |----|      |----|
//    |<-------------- interval -------------->|
//
// - A quiet room waits for nothing: a message goes to all at once if nothing was sent for an
//   interval. Within the interval, the members take turns, a share at a time. So each hears within
//   an interval all that was said in one, and nobody waits for the sending to all the others.
// - The interval is a few times what sending to all costs, and such that nobody waits longer than
//   the bound. Where sending alone takes that long, there are no turns; nor where the members are
//   few (below 256) or told in no time, as then there is nothing to win.
// - When nothing more comes for a while (of those who wait for an answer, all have spoken), all who
//   have not had their turn hear at once.
class Pace {
 public:
  using Time = net::Clock::time_point;
  using Duration = net::Clock::duration;

  // Of `of` equal shares of the members, those from `first` on, around the end.
  struct Shares {
    std::size_t first = 0;
    std::size_t count = 1;
    std::size_t of = 1;
  };

  // `bound`: for the time from a message's arrival to its last delivery; 0: nothing ever waits.
  explicit Pace(Duration bound) : bound_(bound), gap_(bound) {}

  // A message came in the tick of `now`, for that many members, to all of whom sending takes about
  // `cost`.
  void on_message(Time now, std::size_t members, Duration cost);

  // Whether somebody has still to hear something, and then when to call take(), which may be past.
  bool pending() const { return unheard_ > 0; }
  Time due() const;

  // Who hears now all that there is. Called at due(), which it sets anew.
  [[nodiscard]] Shares take(Time now);

 private:
  void begin_turns(std::size_t members, Duration cost);
  Duration turn() const { return interval_ / static_cast<Duration::rep>(shares_); }

  const Duration bound_;
  Duration gap_;  // between ticks that bring messages, smoothed
  Time last_message_{};
  Time last_sent_{};
  Time all_heard_{};  // when last nobody had to take turns
  Duration interval_{};
  std::size_t shares_ = 1;
  std::size_t next_share_ = 0;
  std::size_t unheard_ = 0;  // shares that have not had their turn since the last message
  Time next_turn_{};
  Time silence_{};  // when nothing came until then, nothing more is waited for
};

}  // namespace chatd::chat
