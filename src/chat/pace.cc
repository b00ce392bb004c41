#include "chat/pace.h"

#include <algorithm>
#include <chrono>

namespace chatd::chat {

namespace {

// In a room to whose members sending takes less, nothing is worth a wait; nor where they are fewer.
constexpr std::chrono::microseconds kNoticeable{500};
constexpr std::size_t kManyMembers = 256;
// The long interval is so many times what sending to all costs: a busy room takes a quarter of a
// worker's time, or of several workers' together.
constexpr int kCostsPerLongInterval = 4;
// The short one leaves the worker a little time for all else.
constexpr int kEighthsOfCostPerShortInterval = 9;
// Turns are worth a timer each where so many members share one.
constexpr std::size_t kMembersPerShare = 64;
constexpr std::size_t kMaxShares = 8;

Pace::Duration times(Pace::Duration duration, std::size_t count) {
  return duration * static_cast<Pace::Duration::rep>(count);
}

}  // namespace

void Pace::on_message(Time now, const Members& members, Duration cost, Interval interval) {
  const bool begins = !pending();
  if (begins) {
    const auto shares = std::clamp<std::size_t>(members.here / kMembersPerShare, 1, kMaxShares);
    if (shares != shares_) next_share_ = 0;
    shares_ = shares;
  }
  interval_ = interval_for(members, cost, interval);
  if (begins) next_turn_ = last_sent_ + turn();
  if (begins || interval_ == Duration::zero()) all_at_once_ = now >= last_sent_ + interval_;
  unheard_ = shares_;
}

Pace::Duration Pace::interval_for(const Members& members, Duration cost, Interval interval) const {
  const Duration whole_room = times(cost, members.all);
  const bool worth_it = members.all >= kManyMembers && whole_room >= kNoticeable;
  if (!worth_it || bound_ == Duration::zero()) return Duration::zero();
  const Duration all_here = times(cost, members.here);
  const Duration shortest = kEighthsOfCostPerShortInterval * all_here / 8;
  if (interval == Interval::Short) return shortest;
  const Duration sending = all_here / static_cast<Duration::rep>(shares_);
  return std::max(shortest, std::min(bound_ - sending, kCostsPerLongInterval * whole_room));
}

Pace::Time Pace::due() const { return all_at_once_ ? last_sent_ : next_turn_; }

Pace::Shares Pace::take(Time now) {
  last_sent_ = now;
  Shares taken{.first = next_share_, .count = 0, .of = shares_};
  if (all_at_once_) {
    taken.count = shares_;
    unheard_ = 0;
    return taken;
  }
  for (; unheard_ > 0 && next_turn_ <= now; --unheard_) {
    ++taken.count;
    next_share_ = (next_share_ + 1) % shares_;
    next_turn_ += turn();
  }
  return taken;
}

}  // namespace chatd::chat
