#include "base/task.h"

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <utility>

namespace chatd {
namespace {

struct Counts {
  int runs = 0;
  int alive = 0;
  int moves = 0;
};

// A function of a chosen size that counts what happens to it.
template <std::size_t Padding>
class Counted {
 public:
  explicit Counted(Counts& counts) : counts_(&counts) { ++counts_->alive; }
  Counted(const Counted& other) : counts_(other.counts_) { ++counts_->alive; }
  Counted(Counted&& other) noexcept : counts_(other.counts_) {
    ++counts_->alive;
    ++counts_->moves;
  }
  ~Counted() { --counts_->alive; }
  void operator()() { ++counts_->runs; }

 private:
  Counts* counts_;
  std::array<char, Padding> padding_{};
};

using Small = Counted<8>;
using Large = Counted<200>;

template <typename Function>
void check_life() {
  Counts counts;
  {
    Task first{Function(counts)};
    CHECK(counts.alive == 1);
    first();
    Task second = std::move(first);
    CHECK_FALSE(first);
    CHECK(second);
    CHECK(counts.alive == 1);
    second();
    Task third;
    third = std::move(second);
    third();
    CHECK(counts.runs == 3);
    CHECK(counts.alive == 1);
  }
  CHECK(counts.alive == 0);
}

}  // namespace

TEST_SUITE("base") {
  TEST_CASE("a task fills one cache line") { CHECK(sizeof(Task) == 64); }

  TEST_CASE("a task made of nothing is false") {
    Task task{};
    CHECK_FALSE(task);
  }

  TEST_CASE("a small function lives inside a task, runs and dies once") { check_life<Small>(); }

  TEST_CASE("a large function lives on the heap, runs and dies once, and is never moved again") {
    check_life<Large>();
    Counts counts;
    Task task{Large(counts)};
    const int moves = counts.moves;
    Task other = std::move(task);
    CHECK(counts.moves == moves);
  }

  TEST_CASE("a task may hold what cannot be copied") {
    int seen = 0;
    Task task = [&seen, number = std::make_unique<int>(7)] { seen = *number; };
    Task moved = std::move(task);
    moved();
    CHECK(seen == 7);
  }

  TEST_CASE("assigning to a task ends what was in it") {
    Counts old_counts;
    Counts new_counts;
    Task task{Small(old_counts)};
    task = Task{Small(new_counts)};
    CHECK(old_counts.alive == 0);
    CHECK(new_counts.alive == 1);
    Task& same = task;
    task = std::move(same);
    task();
    CHECK(new_counts.runs == 1);
  }

  TEST_CASE("a function whose copy throws leaves nothing behind") {
    struct Throwing {
      Throwing() = default;
      Throwing(const Throwing&) { throw std::runtime_error("no copy"); }
      void operator()() const {}
    };
    const Throwing throwing;
    CHECK_THROWS_AS(Task{throwing}, std::runtime_error);
  }
}

}  // namespace chatd
