#pragma once
// Timer, a member of its owner, and TimerWheel, which fires those that are due.
// Loop thread only. A Timer disarms itself when it dies, so its owner need not remember to.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace chatd::net {

using Clock = std::chrono::steady_clock;

class TimerWheel;

class Timer {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    // Once for each arm(), not before its time. May arm the timer again or destroy it.
    virtual void on_timer(Timer& timer) = 0;
  };

  // Both must outlive the timer.
  Timer(TimerWheel& wheel, Handler& handler) : wheel_(wheel), handler_(handler) {}
  ~Timer() { disarm(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Fires once after `delay` (less than zero is taken as zero), forgetting an earlier arm().
  void arm(std::chrono::milliseconds delay);
  void disarm();
  bool armed() const { return link_ != nullptr; }

 private:
  friend class TimerWheel;

  TimerWheel& wheel_;
  Handler& handler_;
  std::uint64_t due_ = 0;   // in the wheel's ticks; meaningful while armed
  Timer* next_ = nullptr;   // in the same slot
  Timer** link_ = nullptr;  // what points at this one; null while not armed
};

// A hierarchical timing wheel (Varghese and Lauck, 1987) in ticks of a millisecond: four levels of
// 64 slots. Arming and disarming move a few pointers, whatever the number of timers, and a wheel
// whose timers are far away wakes nobody: at most once a level on the way.
class TimerWheel {
 public:
  explicit TimerWheel(Clock::time_point start) : start_(start) {}
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // What time it is: delays count from here. Fires nothing.
  void observe(Clock::time_point now);

  // Fires what is due at `now`. Timers that a handler arms fire in a later call.
  void advance(Clock::time_point now);

  // When advance() has something to do next; none if no timer is armed. It may be early (a slot of
  // a coarse level wants to be dealt out), never late.
  std::optional<Clock::time_point> next_wake() const;

 private:
  friend class Timer;

  static constexpr std::size_t kLevels = 4;
  static constexpr unsigned kSlotBits = 6;
  static constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;

  struct Level {
    std::array<Timer*, kSlots> slots{};
    std::uint64_t occupied = 0;  // may name a slot that has emptied since
  };

  void insert(Timer& timer);
  static void remove(Timer& timer);
  std::optional<std::uint64_t> next_tick() const;
  void deal_out(std::size_t level);
  void fire_slot();

  const Clock::time_point start_;
  std::uint64_t now_ = 0;       // ticks since start_ that advance() has dealt with
  std::uint64_t observed_ = 0;  // ticks since start_ at the last reading of the clock
  std::array<Level, kLevels> levels_;
};

}  // namespace chatd::net
