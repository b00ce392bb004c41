#pragma once
// Mailbox: tasks from other threads for one loop, and the eventfd that wakes it.
// post() from any thread; the rest on the loop's thread, which owns it.

#include "base/mutex.h"
#include "base/task.h"
#include "base/unique_fd.h"

#include <atomic>
#include <cstddef>
#include <vector>

namespace chatd::net {

class Mailbox {
 public:
  // Throws std::system_error when there is no descriptor left.
  Mailbox();

  // Any thread. Wakes the loop if the box was empty.
  void post(Task task) EXCLUDES(mutex_);
  // The loop's own thread, which looks at size() before it sleeps: so nobody need wake it.
  void post_here(Task task) EXCLUDES(mutex_);

  // Runs all that was there when called, in the order of posting, outside the lock. What the tasks
  // post meanwhile waits for the next call.
  void run() EXCLUDES(mutex_);

  // The descriptor that is readable once something was posted, and what to do when it is.
  int fd() const { return wake_.get(); }
  void clear_wake();

  // Any thread: tasks that wait or are being run.
  std::size_t size() const { return waiting_.load(std::memory_order_relaxed); }

 private:
  bool push(Task task) EXCLUDES(mutex_);

  const UniqueFd wake_;
  Mutex mutex_;
  std::vector<Task> tasks_ GUARDED_BY(mutex_);
  // Loop thread only: swapped with tasks_, so that both keep their memory.
  std::vector<Task> running_;
  // A reading for the bound on publishers; it orders nothing, so relaxed is enough.
  std::atomic<std::size_t> waiting_{0};
};

}  // namespace chatd::net
