#pragma once
// ManualTime: a clock that stands still until a test turns it.

#include "base/time_source.h"

#include <chrono>

namespace chatd::test {

class ManualTime final : public TimeSource {
 public:
  std::chrono::steady_clock::time_point steady() const override { return steady_; }
  std::chrono::system_clock::time_point system() const override { return system_; }

  void advance(std::chrono::nanoseconds by) {
    steady_ += by;
    system_ += by;
  }

 private:
  std::chrono::steady_clock::time_point steady_{std::chrono::hours{1}};
  std::chrono::system_clock::time_point system_{std::chrono::seconds{1'700'000'000}};
};

}  // namespace chatd::test
