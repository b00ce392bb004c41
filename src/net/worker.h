#pragma once
// Worker: a loop and the connections on it. WorkerPool: the workers that have a thread each.
// run() is what a worker's thread does; post() from anywhere.

#include "base/mutex.h"
#include "net/connection_table.h"
#include "net/entrance.h"
#include "net/event_loop.h"
#include "net/protocol.h"
#include "net/timer.h"
#include "net/tls_transport.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace chatd::net {

class Worker;

// Makes what speaks first on a new connection. Called on the worker's thread; shared by all
// workers.
class ProtocolFactory {
 public:
  virtual ~ProtocolFactory() = default;
  virtual std::unique_ptr<Protocol> make_protocol(Worker& worker) = 0;
};

class Worker final : private Timer::Handler {
 public:
  // Throws std::system_error when there is no descriptor left.
  Worker(std::uint16_t index, const ConnectionLimits& limits, const TimeSource& time);

  // Runs ticks on the calling thread until stop() or until drain() is through, then ends the
  // connections that are left.
  void run();
  // One of them: sleeps until there is something to do, and does it.
  void tick();

  // Any thread: run() returns after the present tick.
  void stop();
  // Any thread: tells every connection that the server goes away, gives them `time` to say goodbye,
  // ends the rest; then run() returns. Said again, it only sets the time anew.
  void drain(std::chrono::milliseconds time);

  // Any thread.
  void post(Task task) { loop_.post(std::move(task)); }
  // Any thread: this worker serves that connected socket from now on, at once if the thread is its
  // own. `factory` must outlive the worker.
  void adopt(UniqueFd socket, ProtocolFactory& factory, const Entrance& entrance = {});
  // Any thread: connections here and on their way here.
  std::size_t load() const {
    return connections_.count() + arriving_.load(std::memory_order_relaxed);
  }

  EventLoop& loop() { return loop_; }
  // Loop thread only.
  ConnectionTable& connections() { return connections_; }
  std::uint16_t index() const { return index_; }

 private:
  void on_timer(Timer& timer) override;
  void serve(UniqueFd socket, ProtocolFactory& factory, const Entrance& entrance) REQUIRES(loop_);
  std::unique_ptr<Transport> make_transport(UniqueFd socket, const Entrance& entrance)
      REQUIRES(loop_);

  const std::uint16_t index_;
  // Loop thread only, but for post().
  EventLoop loop_;
  HandshakeBudget handshakes_ GUARDED_BY(loop_);
  ConnectionTable connections_;
  Timer drain_timer_ GUARDED_BY(loop_);
  bool draining_ GUARDED_BY(loop_) = false;
  bool stopping_ GUARDED_BY(loop_) = false;
  // For balance only; it orders nothing.
  std::atomic<std::size_t> arriving_{0};
};

class WorkerPool {
 public:
  // Workers 0 … count-1, without threads yet. Throws std::system_error.
  WorkerPool(std::size_t count, const ConnectionLimits& limits, const TimeSource& time);
  // Stops and joins what still runs.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Throws std::system_error when the system has no thread for one of them: then none runs.
  void start();
  // Waits until every worker has drained or `time` is over; the threads have ended when it returns.
  void drain(std::chrono::milliseconds time);

  std::size_t size() const { return workers_.size(); }
  Worker& operator[](std::size_t index) { return *workers_[index]; }
  // The worker with the fewest connections. Any thread.
  Worker& least_loaded();
  // Connections on all of them. Any thread.
  std::size_t connection_count() const;
  // Any thread: true once in ten seconds. What keeps one worker from accepting keeps all of them,
  // and one line in the log is enough.
  bool may_complain(Clock::time_point now) EXCLUDES(mutex_);

 private:
  void stop();
  void join();

  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
  // Guarded by mutex_.
  Mutex mutex_;
  Clock::time_point next_complaint_ GUARDED_BY(mutex_){};
};

}  // namespace chatd::net
