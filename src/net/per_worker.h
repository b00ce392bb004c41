#pragma once
// PerWorker<T>: one T on each worker, touched by that worker's thread only.
// Built before the workers start and destroyed after they have ended.

#include "net/worker.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

namespace chatd::net {

template <typename T>
class PerWorker {
 public:
  // Makes a T{worker, arguments…} for each worker of the pool, which must outlive this.
  template <typename... Arguments>
  explicit PerWorker(WorkerPool& pool, Arguments&&... arguments) : pool_(pool) {
    for (std::size_t index = 0; index < pool.size(); ++index) {
      locals_.emplace_back(pool[index], arguments...);
    }
  }

  // That worker's own; for its thread only.
  T& local(std::uint16_t worker) {
    pool_[worker].loop().assert_here();
    return locals_[worker];
  }

  // Any thread: that worker's, for what T says that any thread may ask of it, and nothing else.
  T& shared(std::uint16_t worker) { return locals_[worker]; }

  // Any thread: runs `function(T&)` on every worker. Two calls in a row arrive everywhere in that
  // order.
  template <typename Function>
  void post_each(const Function& function) {
    for (std::size_t index = 0; index < locals_.size(); ++index) {
      pool_[index].post([&local = locals_[index], function]() mutable { function(local); });
    }
  }

  // Any thread: runs `function(T&)` on one worker.
  template <typename Function>
  void post_to(std::uint16_t worker, Function&& function) {
    pool_[worker].post([&local = locals_[worker], function = std::forward<Function>(
                                                      function)]() mutable { function(local); });
  }

  std::size_t size() const { return locals_.size(); }

 private:
  WorkerPool& pool_;
  std::deque<T> locals_;  // a deque: a T need not be movable
};

}  // namespace chatd::net
