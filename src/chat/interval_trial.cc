#include "chat/interval_trial.h"

#include <algorithm>

namespace chatd::chat {

namespace {

// A trial lasts until both have passed: in fewer messages chance would decide.
constexpr std::chrono::milliseconds kTrialTime{50};
constexpr std::int64_t kTrialMessages = 32;
// An interval that proves itself is kept for so many times as long until the next trial.
constexpr int kLonger = 8;
constexpr int kMostTrialsKept = 64;
// In a longer silence nobody speaks who is slowed.
constexpr std::chrono::milliseconds kPause{50};
// The long one is given up when less than this part of what the short one lets be said is said.
constexpr double kLeastPart = 0.75;

Interval other(Interval interval) {
  return interval == Interval::Short ? Interval::Long : Interval::Short;
}

}  // namespace

Interval IntervalTrial::on_message(Time now) {
  Tally& tally = trying_ ? with_tried_ : with_kept_;
  if (last_) tally.time += std::min<Duration>(now - *last_, kPause);
  ++tally.messages;
  last_ = now;
  const int trials = trying_ ? 1 : kept_for_trials_;
  if (tally.time < trials * kTrialTime || tally.messages < kTrialMessages) return present();
  if (trying_) conclude();
  trying_ = !trying_;
  return present();
}

Interval IntervalTrial::present() const { return trying_ ? other(kept_) : kept_; }

double IntervalTrial::Tally::rate() const {
  return static_cast<double>(messages) / std::chrono::duration<double>(time).count();
}

void IntervalTrial::conclude() {
  const bool is_long = kept_ == Interval::Long;
  const Tally& with_long = is_long ? with_kept_ : with_tried_;
  const Tally& with_short = is_long ? with_tried_ : with_kept_;
  const bool slows = with_long.rate() < kLeastPart * with_short.rate();
  const Interval better = slows ? Interval::Short : Interval::Long;
  kept_for_trials_ = better == kept_ ? std::min(kLonger * kept_for_trials_, kMostTrialsKept) : 1;
  kept_ = better;
  with_kept_ = {};
  with_tried_ = {};
}

}  // namespace chatd::chat
