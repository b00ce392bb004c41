#include "bench/histogram.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <limits>

namespace chatd::bench {
namespace {

using std::chrono::nanoseconds;

// Right to a thirty-second of what it is, which is 3 %, and never too small.
void check_near(nanoseconds got, std::int64_t wanted) {
  CAPTURE(wanted);
  CHECK(got.count() >= wanted);
  CHECK(got.count() - wanted <= wanted / 32);
}

TEST_SUITE("bench") {
  TEST_CASE("nothing took no time") {
    const Histogram histogram;
    CHECK(histogram.count() == 0);
    CHECK(histogram.largest() == nanoseconds{0});
    CHECK(histogram.quantile(0.5) == nanoseconds{0});
    CHECK(histogram.quantile(1) == nanoseconds{0});
  }

  TEST_CASE("one time alone is each quantile, of whatever size") {
    constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
    for (int bits = 0; bits < 63; ++bits) {
      for (const std::int64_t value : {(std::int64_t{1} << bits) - 1, std::int64_t{1} << bits,
                                       (std::int64_t{1} << bits) + 1}) {
        Histogram histogram;
        histogram.add(nanoseconds{value});
        CAPTURE(value);
        for (const double part : {0.0, 0.5, 0.999, 1.0}) {
          CHECK(histogram.quantile(part) == nanoseconds{value});
        }
      }
    }
    Histogram histogram;
    histogram.add(nanoseconds{kLargest});
    CHECK(histogram.quantile(0.5) == nanoseconds{kLargest});
    CHECK(histogram.largest() == nanoseconds{kLargest});
  }

  TEST_CASE("a time before it began counts as none") {
    Histogram histogram;
    histogram.add(nanoseconds{-5});
    CHECK(histogram.count() == 1);
    CHECK(histogram.quantile(0.5) == nanoseconds{0});
  }

  TEST_CASE("quantiles of many are right to 3 %") {
    constexpr std::int64_t kCount = 200'000;
    for (const std::int64_t step : {1, 17, 1'000, 50'000}) {
      CAPTURE(step);
      Histogram histogram;
      for (std::int64_t i = kCount; i > 0; --i) histogram.add(nanoseconds{i * step});
      CHECK(histogram.count() == kCount);
      for (const double part : {0.0, 0.001, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999}) {
        CAPTURE(part);
        const auto rank = static_cast<std::int64_t>(part * kCount) + 1;
        check_near(histogram.quantile(part), rank * step);
      }
      CHECK(histogram.quantile(1) == nanoseconds{kCount * step});
      CHECK(histogram.largest() == nanoseconds{kCount * step});
    }
  }

  TEST_CASE("a few that took long show where they begin") {
    Histogram histogram;
    for (int i = 0; i < 990; ++i) histogram.add(std::chrono::microseconds{100});
    for (int i = 0; i < 10; ++i) histogram.add(std::chrono::seconds{2});
    check_near(histogram.quantile(0.5), 100'000);
    check_near(histogram.quantile(0.989), 100'000);
    check_near(histogram.quantile(0.99), 2'000'000'000);
    check_near(histogram.quantile(0.999), 2'000'000'000);
  }
}

}  // namespace
}  // namespace chatd::bench
