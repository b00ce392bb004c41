#pragma once
// Pace: when what was said in a busy room goes out, and to which share of its members here. One for
// each room on each worker, in the worker's Fanout; that worker's thread only.

#include "chat/interval_trial.h"
#include "net/timer.h"

#include <cstddef>

namespace chatd::chat {

// A message to a thousand members costs a thousand system calls, and so do ten that go out
// together. So a room whose sending takes noticeable time gathers what is said, and its members
// take turns, a share of them at a time:
//
//   1st share  2nd share  3rd share  …  last share  1st share
//    |----|     |----|     |----|        |----|      |----|
//    |<------------------- interval ---------------->|
//
// So each hears within an interval all that was said in one, and nobody waits for the sending to
// all the others.
// - A quiet room waits for nothing: a message goes to all at once if nothing was sent for an
//   interval.
// - The short interval is hardly more than what sending to all here takes: it only keeps order
//   among those who hear. The long one is a few times what sending to the whole room takes, on
//   however many workers that is done, as far as nobody waits longer than the bound. Which of them
//   is better is not seen here (IntervalTrial).
// - There are no turns where the room's members are few (below 256) or told in no time: then there
//   is nothing to win.
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
  // Where sending alone takes longer than the bound, so does a message.
  explicit Pace(Duration bound) : bound_(bound) {}

  struct Members {
    std::size_t here = 0;  // on this worker
    std::size_t all = 0;   // in the room
  };

  // A message came in the tick of `now`; to send to one member takes about `cost`.
  void on_message(Time now, const Members& members, Duration cost, Interval interval);

  // Whether somebody has still to hear something, and then when to call take(), which may be past.
  bool pending() const { return unheard_ > 0; }
  Time due() const;

  // Who hears now all that there is. Called at due(), which it sets anew.
  [[nodiscard]] Shares take(Time now);

 private:
  Duration interval_for(const Members& members, Duration cost, Interval interval) const;
  Duration turn() const { return interval_ / static_cast<Duration::rep>(shares_); }

  const Duration bound_;
  Time last_sent_{};
  Duration interval_{};
  std::size_t shares_ = 1;
  std::size_t next_share_ = 0;
  std::size_t unheard_ = 0;  // shares that have not had their turn since the last message
  bool all_at_once_ = false;
  Time next_turn_{};
};

}  // namespace chatd::chat
