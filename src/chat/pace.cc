#include "chat/pace.h"

#include <algorithm>
#include <chrono>

namespace chatd::chat {

namespace {

// Sending that takes less is not worth a wait.
constexpr std::chrono::microseconds kNoticeable{100};
// The interval is so many times the cost: then a busy room takes a third of the worker's time.
constexpr int kCostsPerInterval = 3;
// Nothing more comes when that many gaps have passed, or this part of the cost.
constexpr int kGapsOfSilence = 2;
constexpr int kSilencesPerCost = 16;
// Each gap counts for so much among those before.
constexpr int kGapsRemembered = 4;

}  // namespace

void Pace::on_message(Time now, Duration cost) {
  // A gap in which the room was sent says nothing about those who speak.
  if (last_message_ > last_sent_ && now > last_message_) {
    gap_ += (std::min(now - last_message_, bound_) - gap_) / kGapsRemembered;
  }
  last_message_ = now;
  due_ = now;
  if (cost < kNoticeable || cost >= bound_) return;
  const Time next = last_sent_ + std::min(bound_ - cost, kCostsPerInterval * cost);
  const Time silence = now + std::max(kGapsOfSilence * gap_, cost / kSilencesPerCost);
  due_ = std::max(now, std::min(next, silence));
}

void Pace::on_sent(Time now) { last_sent_ = now; }

}  // namespace chatd::chat
