#pragma once
// Pace: when what was said in a busy room goes out, and to which share of its members here. One for
// each room on each worker, in the worker's Fanout; that worker's thread only.

#include "chat/interval_trial.h"
#include "net/timer.h"

#include <cstddef>

namespace chatd::chat {

// A message to a thousand members costs a thousand system calls, and so do ten that go out
// together. So a room whose sending takes noticeable time gathers what is said, and its members
// take turns, a share of them in a tick: each hears within an interval all that was said in one.
//
//   1st share  2nd share  3rd share  …  last share  1st share
//    |----|     |----|     |----|        |----|      |----|
//    |<------------------- interval ---------------->|
//
class Pace {
 public:
  using Time = net::Clock::time_point;
  using Duration = net::Clock::duration;

  // The members here are cut into `of` equal shares, counted from 0.
  struct Share {
    std::size_t index = 0;
    std::size_t of = 1;
  };

  struct Members {
    std::size_t here = 0;  // on this worker
    std::size_t all = 0;   // in the room
  };

  // `bound`: for the time from a message's arrival to its last delivery, as far as sending permits;
  // 0: nothing ever waits.
  explicit Pace(Duration bound) : bound_(bound) {}

  // A message came in the tick of `now`; to send to one member takes about `cost`.
  // - A quiet room waits for nothing: if nothing was sent for an interval, a message goes to one
  //   share right after the other, and what is said meanwhile goes along to those still to come.
  // - The short interval is hardly more than what sending to the whole room takes, on however many
  //   workers that is done: it only keeps order among those who hear, and may keep a worker busy.
  //   The long one is a few times that. Which of them is better is not seen here (IntervalTrial).
  // - There is no interval, and one share follows the other at once, where the members are few
  //   (below 256), where all are told in no time, and where sending alone takes up the bound.
  void on_message(Time now, const Members& members, Duration cost, Interval interval);

  // Whether somebody has still to hear something, and then when to call take(), which may be past.
  bool pending() const { return unheard_ > 0; }
  Time due() const;

  // Who hears now all that there is. Called at due(), which it sets anew.
  [[nodiscard]] Share take(Time now);

 private:
  void cut(std::size_t members);
  void begin(Time now);
  Duration interval_for(const Members& members, Duration cost, Interval interval) const;
  Duration turn() const { return interval_ / static_cast<Duration::rep>(shares_); }

  const Duration bound_;
  Time last_sent_{};
  Duration interval_{};
  std::size_t shares_ = 1;
  std::size_t next_share_ = 0;
  std::size_t unheard_ = 0;  // shares that have not had their turn since the last message
  std::size_t at_once_ = 0;  // shares, of these, for which no turn is waited for
  Time next_turn_{};         // of the first share behind those
};

}  // namespace chatd::chat
