#pragma once
// Pace: when what was said in a busy room goes out. One for each room on each worker, in the
// worker's Fanout; that worker's thread only.

#include "net/timer.h"

namespace chatd::chat {

// A message to a thousand members costs a thousand system calls, and so do two that go out
// together. So a room whose sending takes noticeable time waits a little for what comes next:
//
//   send      message    message                  send
//    |--cost-->|          |   … silence, or the    |--cost-->
//    |<------------------- interval -------------->|
//
// - A quiet room waits for nothing: a message goes at once if the last sending is an interval ago.
// - The interval is a few times what sending costs, and such that waiting and sending together take
//   no longer than the bound. Where sending alone takes that long, nothing waits.
// - When nothing more comes for a while (of those who wait for an answer, all have spoken), waiting
//   is over.
class Pace {
 public:
  using Time = net::Clock::time_point;
  using Duration = net::Clock::duration;

  // `bound`: for the time from a message's arrival to its last delivery; 0: nothing ever waits.
  explicit Pace(Duration bound) : bound_(bound), gap_(bound) {}

  // A message came in the tick of `now`, and sending all that waits will take about `cost`. After
  // this due() is when to do so, which may be now.
  void on_message(Time now, Duration cost);
  Time due() const { return due_; }

  // All that waits is being sent.
  void on_sent(Time now);

 private:
  const Duration bound_;
  Duration gap_;  // between ticks that bring messages, smoothed
  Time last_message_{};
  Time last_sent_{};
  Time due_{};
};

}  // namespace chatd::chat
