#pragma once
// TimeSource: what time it is. All of chatd asks one that it was given, so that a test can turn the
// clock. Any thread.

#include <chrono>

namespace chatd {

class TimeSource {
 public:
  virtual ~TimeSource() = default;
  // For delays: never goes back.
  virtual std::chrono::steady_clock::time_point steady() const = 0;
  // For people: the time of day.
  virtual std::chrono::system_clock::time_point system() const = 0;
};

class SystemTime final : public TimeSource {
 public:
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::now();
  }
  std::chrono::system_clock::time_point system() const override {
    return std::chrono::system_clock::now();
  }
};

}  // namespace chatd
