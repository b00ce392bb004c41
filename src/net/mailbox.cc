#include "net/mailbox.h"

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include <sys/eventfd.h>

namespace chatd::net {

namespace {

// A burst may leave a large vector behind; beyond this its memory is given back.
constexpr std::size_t kKeptTasks = 4096;

UniqueFd make_eventfd() {
  UniqueFd fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!fd) throw std::system_error(errno, std::generic_category(), "eventfd");
  return fd;
}

}  // namespace

Mailbox::Mailbox() : wake_(make_eventfd()) {}

void Mailbox::post(Task task) {
  if (!push(std::move(task))) return;
  const std::uint64_t one = 1;
  // It fails only when the counter is full, and then the loop is awake already.
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

void Mailbox::post_here(Task task) { static_cast<void>(push(std::move(task))); }

// True if it was empty.
bool Mailbox::push(Task task) {
  MutexLock lock(mutex_);
  const bool was_empty = tasks_.empty();
  tasks_.push_back(std::move(task));
  // Under the lock, so that run() cannot count a task off before it is counted.
  waiting_.fetch_add(1, std::memory_order_relaxed);
  return was_empty;
}

void Mailbox::run() {
  {
    MutexLock lock(mutex_);
    running_.swap(tasks_);
  }
  if (running_.empty()) return;
  for (Task& task : running_) task();
  waiting_.fetch_sub(running_.size(), std::memory_order_relaxed);
  if (running_.capacity() > kKeptTasks) {
    std::vector<Task>().swap(running_);
  } else {
    running_.clear();
  }
}

void Mailbox::clear_wake() {
  std::uint64_t count = 0;
  // Somebody may have posted since: then it is readable again, and cleared in the next tick.
  [[maybe_unused]] const auto read = ::read(wake_.get(), &count, sizeof count);
}

}  // namespace chatd::net
