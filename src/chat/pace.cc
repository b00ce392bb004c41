#include "chat/pace.h"

#include <algorithm>
#include <chrono>

namespace chatd::chat {

namespace {

// Sending that takes less is not worth a wait.
constexpr std::chrono::microseconds kNoticeable{500};
// The interval is so many times the cost: a busy room takes a quarter of the worker's time.
constexpr int kCostsPerInterval = 4;
// Turns are worth a timer each where so many members share one, and a wait where there are several.
constexpr std::size_t kMembersPerShare = 64;
constexpr std::size_t kLeastShares = 4;
constexpr std::size_t kMaxShares = 8;
// Nothing more comes when that many gaps have passed, or this part of the cost.
constexpr int kGapsOfSilence = 2;
constexpr int kSilencesPerCost = 16;
// Each gap counts for so much among those before.
constexpr int kGapsRemembered = 4;

}  // namespace

void Pace::on_message(Time now, std::size_t members, Duration cost) {
  // A gap in which all have heard says nothing: they may have waited for that to speak.
  if (last_message_ > all_heard_ && now > last_message_) {
    gap_ += (std::min(now - last_message_, bound_) - gap_) / kGapsRemembered;
  }
  last_message_ = now;
  if (!pending()) begin_turns(members, cost);
  unheard_ = shares_;
  const bool waits = now < last_sent_ + interval_;
  silence_ = waits ? now + std::max(kGapsOfSilence * gap_, cost / kSilencesPerCost) : now;
}

void Pace::begin_turns(std::size_t members, Duration cost) {
  const std::size_t shares = std::clamp<std::size_t>(members / kMembersPerShare, 1, kMaxShares);
  if (shares != shares_) next_share_ = 0;
  shares_ = shares;
  const auto sending = cost / static_cast<Duration::rep>(shares_);
  const bool worth_it = shares_ >= kLeastShares && cost >= kNoticeable && cost < bound_;
  interval_ = worth_it ? std::min(bound_ - sending, kCostsPerInterval * cost) : Duration::zero();
  next_turn_ = last_sent_ + turn();
}

Pace::Time Pace::due() const { return std::min(next_turn_, silence_); }

Pace::Shares Pace::take(Time now) {
  last_sent_ = now;
  Shares taken{.first = next_share_, .count = 0, .of = shares_};
  if (now >= silence_) {
    all_heard_ = now;
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
