#pragma once
// ConnectionTable: owns a worker's connections, from a socket's arrival to its burial.
// Loop thread only but for count(); a member of its Worker.

#include "net/conn_id.h"
#include "net/connection.h"
#include "net/event_loop.h"
#include "net/timer.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

namespace chatd::net {

struct ConnectionLimits {
  // Bytes that may wait for one peer; beyond, it is cut off.
  std::size_t outbox_bytes = std::size_t{8} << 20;
  // How long a peer may take to say whom it comes from, where that is asked.
  std::chrono::milliseconds introduction{10'000};
  // How long the output of a finished connection may stand still before the peer is cut off.
  std::chrono::milliseconds stall{10'000};
  // How long a finished connection waits for the peer's FIN, once its own is out.
  std::chrono::milliseconds linger{2'000};
};

class ConnectionTable final : private Timer::Handler {
 public:
  ConnectionTable(EventLoop& loop, std::uint16_t worker, const ConnectionLimits& limits);
  ConnectionTable(const ConnectionTable&) = delete;
  ConnectionTable& operator=(const ConnectionTable&) = delete;
  ~ConnectionTable() override;

  // Takes a connected socket in. The protocol hears on_attach() before this returns. Null, and both
  // are freed, if the kernel cannot watch one more descriptor.
  Connection* add(std::unique_ptr<Transport> transport, std::unique_ptr<Protocol> protocol);

  // Null when it has gone.
  Connection* find(ConnId id);

  // Two steps of a tick: one write for each connection that has output; freeing what has ended.
  void flush();
  void bury();

  // What one connection's write takes at present, as seen when many that have a feed were flushed
  // together; 0 before that.
  Clock::duration write_cost() const {
    loop_.assert_here();
    return write_cost_;
  }

  // Sends what there is, and tells every protocol that the server goes away.
  void shut_down();
  // Ends what is still there.
  void abort_all();

  // Connections here, the ended and unburied among them. Any thread.
  std::size_t count() const { return count_.load(std::memory_order_relaxed); }

  EventLoop& loop() const { return loop_; }
  const ConnectionLimits& limits() const { return limits_; }
  // The one buffer that all of a worker's sockets are read into.
  std::span<char> scratch() { return {scratch_.get(), kScratchBytes}; }

 private:
  friend class Connection;  // the marks that a connection leaves for the end of the tick

  static constexpr std::size_t kScratchBytes = std::size_t{64} << 10;

  struct Slot {
    std::unique_ptr<Connection> connection;
    std::uint32_t generation = 0;
  };
  struct Waiting {
    ConnId id;
    Clock::time_point deadline;
    std::size_t backlog = 0;
  };

  void flush_later(Connection& connection);
  void bury_later(Connection& connection);
  void await_introduction(const Connection& connection);
  void watch_stall(Connection& connection);
  void linger(Connection& connection);
  void on_timer(Timer& timer) override;
  void note_write_cost(Clock::duration each) REQUIRES(loop_);
  void end_unintroduced() REQUIRES(loop_);
  void end_stalled() REQUIRES(loop_);
  void end_lingering() REQUIRES(loop_);
  void arm_deadline_timer() REQUIRES(loop_);

  // Constant after construction.
  EventLoop& loop_;
  const std::uint16_t worker_;
  const ConnectionLimits limits_;
  const std::unique_ptr<char[]> scratch_{new char[kScratchBytes]};
  // Loop thread only.
  std::vector<Slot> slots_ GUARDED_BY(loop_);
  std::vector<std::uint32_t> free_slots_ GUARDED_BY(loop_);
  std::vector<Connection*> dirty_ GUARDED_BY(loop_);
  std::vector<Connection*> flushing_ GUARDED_BY(loop_);
  std::vector<Connection*> ended_ GUARDED_BY(loop_);
  // By deadline, as all in one list wait equally long.
  std::deque<Waiting> unintroduced_ GUARDED_BY(loop_);
  std::deque<Waiting> stalled_ GUARDED_BY(loop_);
  std::deque<Waiting> lingering_ GUARDED_BY(loop_);
  Timer deadline_timer_ GUARDED_BY(loop_);
  Clock::duration write_cost_ GUARDED_BY(loop_){};
  // Written by the loop's thread, read by the listeners to balance; it orders nothing.
  std::atomic<std::size_t> count_{0};
};

}  // namespace chatd::net
