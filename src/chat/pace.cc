#include "chat/pace.h"

#include <algorithm>
#include <chrono>

namespace chatd::chat {

namespace {

// In a room to whose members sending takes less, nothing is worth a wait …
constexpr std::chrono::microseconds kNoticeable{500};
// … nor in one that has fewer.
constexpr std::size_t kManyMembers = 256;
// The long interval is so many times what sending to all costs: a busy room takes a quarter of a
// worker's time, or of several workers' together.
constexpr int kCostsPerLongInterval = 4;
// The short one leaves the worker a little time for all else.
constexpr int kEighthsOfCost = 9;
// Few enough for a tick that holds up nobody else, and as many as are worth one.
constexpr std::size_t kMembersPerShare = 128;
constexpr std::size_t kMaxShares = 64;

Pace::Duration times(Pace::Duration duration, std::size_t count) {
  return duration * static_cast<Pace::Duration::rep>(count);
}

}  // namespace

void Pace::on_message(Time now, const Members& members, Duration cost, Interval interval) {
  const bool begins = !pending();
  if (begins) cut(members.here);
  interval_ = interval_for(members, cost, interval);
  if (begins) begin(now);
  // The interval may have become shorter since the turn was set.
  next_turn_ = std::min(next_turn_, at_once_ > 0 ? now + interval_ : last_sent_ + turn());
  unheard_ = shares_;
}

void Pace::cut(std::size_t members) {
  const auto shares = std::clamp<std::size_t>(members / kMembersPerShare, 1, kMaxShares);
  if (shares != shares_) next_share_ = 0;
  shares_ = shares;
}

void Pace::begin(Time now) {
  at_once_ = now >= last_sent_ + interval_ ? shares_ : 0;
  next_turn_ = Time::max();
}

Pace::Duration Pace::interval_for(const Members& members, Duration cost, Interval interval) const {
  const Duration whole_room = times(cost, members.all);
  const bool worth_it = members.all >= kManyMembers && whole_room >= kNoticeable;
  if (!worth_it || bound_ == Duration::zero()) return Duration::zero();
  const Duration all_here = times(cost, members.here);
  const Duration shortest = kEighthsOfCost * all_here / 8;
  if (shortest > bound_) return Duration::zero();
  const Duration longest = bound_ - all_here / static_cast<Duration::rep>(shares_);
  const Duration wanted = interval == Interval::Long ? kCostsPerLongInterval * whole_room
                                                     : kEighthsOfCost * whole_room / 8;
  return std::max(shortest, std::min(longest, wanted));
}

Pace::Time Pace::due() const {
  const bool waits = at_once_ == 0 && interval_ > Duration::zero();
  return waits ? next_turn_ : last_sent_;
}

Pace::Share Pace::take(Time now) {
  const Share taken{.index = next_share_, .of = shares_};
  last_sent_ = now;
  next_share_ = (next_share_ + 1) % shares_;
  --unheard_;
  if (at_once_ > 0) {
    --at_once_;
  } else {
    // Turns that are late are made up for, but not those of an hour.
    next_turn_ = std::max(next_turn_ + turn(), now - interval_);
  }
  return taken;
}

}  // namespace chatd::chat
