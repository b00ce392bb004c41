#include "chat/pace.h"

#include <algorithm>
#include <chrono>

namespace chatd::chat {

namespace {

// Sending that takes less is not worth a wait.
constexpr std::chrono::microseconds kNoticeable{500};
// The long interval is so many times the cost: a busy room takes a quarter of the worker's time.
constexpr int kCostsPerLongInterval = 4;
// The short one leaves the worker a little time for all else.
constexpr int kEighthsOfCostPerShortInterval = 9;
// Turns are worth a timer each where so many members share one, and a wait where there are several.
constexpr std::size_t kMembersPerShare = 64;
constexpr std::size_t kLeastShares = 4;
constexpr std::size_t kMaxShares = 8;

}  // namespace

void Pace::on_message(Time now, std::size_t members, Duration cost, Interval interval) {
  const bool begins = !pending();
  if (begins) {
    const std::size_t shares = std::clamp<std::size_t>(members / kMembersPerShare, 1, kMaxShares);
    if (shares != shares_) next_share_ = 0;
    shares_ = shares;
  }
  interval_ = interval_for(cost, interval);
  if (begins) next_turn_ = last_sent_ + turn();
  if (begins || interval_ == Duration::zero()) all_at_once_ = now >= last_sent_ + interval_;
  unheard_ = shares_;
}

Pace::Duration Pace::interval_for(Duration cost, Interval interval) const {
  const bool worth_it = shares_ >= kLeastShares && cost >= kNoticeable;
  if (!worth_it || bound_ == Duration::zero()) return Duration::zero();
  const Duration shortest = kEighthsOfCostPerShortInterval * cost / 8;
  if (interval == Interval::Short) return shortest;
  const Duration sending = cost / static_cast<Duration::rep>(shares_);
  return std::max(shortest, std::min(bound_ - sending, kCostsPerLongInterval * cost));
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
