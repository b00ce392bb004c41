#include "base/result.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

namespace chatd {
namespace {

Result<int> halve(int number) {
  if (number % 2 != 0) return Failure{Error{"odd", 33}};
  return number / 2;
}

Result<void> demand_even(int number) {
  if (number % 2 != 0) return Failure{Error{"odd"}};
  return {};
}

enum class Reason { TooLong, TooShort };

}  // namespace

TEST_SUITE("base") {
  TEST_CASE("a result is a value or an error") {
    const Result<int> good = halve(8);
    REQUIRE(good.has_value());
    CHECK(good.value() == 4);
    CHECK(*good == 4);
    const Result<int> bad = halve(7);
    REQUIRE_FALSE(bad);
    CHECK(bad.error().what == "odd");
    CHECK(bad.error().code == 33);
  }

  TEST_CASE("a result without a value tells whether it was done") {
    CHECK(demand_even(2));
    CHECK_FALSE(demand_even(3));
    CHECK(demand_even(3).error().what == "odd");
    CHECK(demand_even(3).error().code == 0);
  }

  TEST_CASE("a value can be moved out of a result, and members reached through it") {
    Result<std::unique_ptr<std::string>> result = std::make_unique<std::string>("text");
    CHECK((*result)->size() == 4);
    CHECK(result->get() != nullptr);
    const std::unique_ptr<std::string> taken = *std::move(result);
    CHECK(*taken == "text");
  }

  TEST_CASE("an error may be of the value's own type") {
    const Result<std::string, std::string> good = std::string("value");
    const Result<std::string, std::string> bad = Failure{std::string("reason")};
    CHECK(*good == "value");
    CHECK_FALSE(bad.has_value());
    CHECK(bad.error() == "reason");
    const Result<int, Reason> enumerated = Failure{Reason::TooShort};
    CHECK(enumerated.error() == Reason::TooShort);
  }
}

}  // namespace chatd
