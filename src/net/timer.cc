#include "net/timer.h"

#include <algorithm>
#include <bit>

namespace chatd::net {

namespace {

using Tick = std::chrono::milliseconds;

}  // namespace

void Timer::arm(std::chrono::milliseconds delay) {
  disarm();
  const auto ticks = static_cast<std::uint64_t>(std::max<Tick::rep>(delay.count(), 0));
  // One more than asked: part of the present tick has passed already, and a timer is never early.
  due_ = wheel_.observed_ + ticks + 1;
  wheel_.insert(*this);
}

void Timer::disarm() {
  if (armed()) TimerWheel::remove(*this);
}

// A timer lies at the lowest level whose 64 slots reach its time: at level L a slot is 64^L ticks.
// One beyond the reach of all waits in the last slot there is, and is dealt out again from there.
void TimerWheel::insert(Timer& timer) {
  constexpr std::uint64_t kReach = (std::uint64_t{1} << (kSlotBits * kLevels)) - 1;
  const std::uint64_t place = std::min(timer.due_, now_ + kReach);
  std::size_t level = 0;
  while (level + 1 < kLevels &&
         (place >> (kSlotBits * level)) - (now_ >> (kSlotBits * level)) >= kSlots) {
    ++level;
  }
  const std::size_t slot = place >> (kSlotBits * level) & (kSlots - 1);
  Timer** link = &levels_[level].slots[slot];
  timer.next_ = *link;
  timer.link_ = link;
  if (timer.next_ != nullptr) timer.next_->link_ = &timer.next_;
  *link = &timer;
  levels_[level].occupied |= std::uint64_t{1} << slot;
}

void TimerWheel::remove(Timer& timer) {
  *timer.link_ = timer.next_;
  if (timer.next_ != nullptr) timer.next_->link_ = timer.link_;
  timer.next_ = nullptr;
  timer.link_ = nullptr;
}

void TimerWheel::observe(Clock::time_point now) {
  const auto since_start = std::chrono::duration_cast<Tick>(now - start_).count();
  observed_ = std::max(observed_, static_cast<std::uint64_t>(std::max<Tick::rep>(since_start, 0)));
}

void TimerWheel::advance(Clock::time_point now) {
  observe(now);
  const std::uint64_t target = observed_;
  while (now_ < target) {
    const auto next = next_tick();
    if (!next || *next > target) {
      now_ = target;
      return;
    }
    now_ = *next;
    for (std::size_t level = kLevels - 1; level > 0; --level) {
      const bool slot_begins = (now_ & ((std::uint64_t{1} << (kSlotBits * level)) - 1)) == 0;
      if (slot_begins) deal_out(level);
    }
    fire_slot();
  }
}

std::optional<Clock::time_point> TimerWheel::next_wake() const {
  const auto tick = next_tick();
  if (!tick) return std::nullopt;
  return start_ + Tick(*tick);
}

// The first tick after now_ at which some level's occupied slot begins.
std::optional<std::uint64_t> TimerWheel::next_tick() const {
  std::optional<std::uint64_t> earliest;
  for (std::size_t level = 0; level < kLevels; ++level) {
    const auto shift = static_cast<unsigned>(kSlotBits * level);
    const std::uint64_t position = now_ >> shift;
    const auto here = static_cast<int>(position & (kSlots - 1));
    // Rotated so that bit 0 is the slot after the present one; the present one comes last.
    const std::uint64_t ahead = std::rotr(levels_[level].occupied, here + 1);
    if (ahead == 0) continue;
    const auto distance = static_cast<std::uint64_t>(std::countr_zero(ahead)) + 1;
    const std::uint64_t tick = (position + distance) << shift;
    earliest = std::min(earliest.value_or(tick), tick);
  }
  return earliest;
}

// Moves the timers of the slot that begins now to finer levels.
void TimerWheel::deal_out(std::size_t level) {
  const std::size_t slot = now_ >> (kSlotBits * level) & (kSlots - 1);
  levels_[level].occupied &= ~(std::uint64_t{1} << slot);
  Timer* timer = levels_[level].slots[slot];
  levels_[level].slots[slot] = nullptr;
  while (timer != nullptr) {
    Timer* next = timer->next_;
    insert(*timer);
    timer = next;
  }
}

void TimerWheel::fire_slot() {
  const std::size_t slot = now_ & (kSlots - 1);
  levels_[0].occupied &= ~(std::uint64_t{1} << slot);
  // A handler may disarm or destroy any other timer, so the list is asked again each time. What a
  // handler arms is due later than now_ and so lies in another slot.
  while (Timer* timer = levels_[0].slots[slot]) {
    remove(*timer);
    timer->handler_.on_timer(*timer);
  }
}

}  // namespace chatd::net
