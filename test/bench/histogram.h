#pragma once
// Histogram: how long things took, in buckets of a thirty-second of their size, so that a
// quantile is right to 3 %. One thread; owned by whoever measures.

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace chatd::bench {

class Histogram {
 public:
  using Duration = std::chrono::nanoseconds;

  void add(Duration took) {
    const auto value = static_cast<std::uint64_t>(took.count() < 0 ? 0 : took.count());
    ++buckets_[bucket_of(value)];
    ++count_;
    if (value > largest_) largest_ = value;
  }

  std::uint64_t count() const { return count_; }
  Duration largest() const { return Duration{largest_}; }

  // The time below which this part (0 to 1) of all lies; 0 of nothing.
  Duration quantile(double part) const {
    const auto wanted = static_cast<std::uint64_t>(part * static_cast<double>(count_));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
      seen += buckets_[bucket];
      if (seen > wanted) return Duration{std::min(last_of(bucket), largest_)};
    }
    return largest();
  }

 private:
  // Values below 32 have a bucket each; above, each doubling is cut into 32.
  static constexpr unsigned kBits = 5;
  static constexpr std::size_t kBuckets = (64 - kBits + 1) << kBits;

  static std::size_t bucket_of(std::uint64_t value) {
    if (value < (1U << kBits)) return value;
    const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - kBits - 1;
    return (std::size_t{shift + 1} << kBits) + ((value >> shift) - (1U << kBits));
  }
  static std::uint64_t last_of(std::size_t bucket) {
    if (bucket < (1U << kBits)) return bucket;
    const std::size_t shift = (bucket >> kBits) - 1;
    return (((bucket & ((1U << kBits) - 1)) + (1U << kBits) + 1) << shift) - 1;
  }

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t largest_ = 0;
};

}  // namespace chatd::bench
