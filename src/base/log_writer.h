#pragma once
// LogWriter: lines on their way to a descriptor, written at once or by a thread of their own.
// Any thread; owned by the log.

#include "base/byte_buffer.h"
#include "base/mutex.h"
#include "base/unique_fd.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string_view>
#include <thread>

namespace chatd {

// Until start() and after stop(), put() writes, and waits as long as that takes. In between it only
// queues, and what comes within kGathering is written together: whoever reads the log may stall,
// and holds up nobody. What the queue has no room for is lost, newest first, and counted; `on_lost`
// hears on the writer's thread how many lines that were, once there is room again. The descriptor
// may be shared with others, so it is left to block: a pipe that poll() finds writable takes
// kPieceBytes.
class LogWriter {
 public:
  using OnLost = std::function<void(std::size_t lines)>;
  static constexpr std::size_t kQueueBytes = std::size_t{1} << 20;

  // The descriptor must outlive the writer.
  LogWriter(int fd, OnLost on_lost) : fd_(fd), on_lost_(std::move(on_lost)) {}
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;
  ~LogWriter() { stop(std::chrono::milliseconds{0}); }

  void put(std::string_view line) EXCLUDES(mutex_);

  // The thread takes no signals. Throws std::system_error when there is no descriptor or thread.
  void start() EXCLUDES(mutex_);
  // Ends the thread when all is written, or `patience` is over: then the rest is lost, and all that
  // is put later, as whoever reads would make us wait.
  void stop(std::chrono::milliseconds patience) EXCLUDES(mutex_);

 private:
  using Clock = std::chrono::steady_clock;
  // POSIX has a pipe take so much at once; Linux says that it is writable when it does.
  static constexpr std::size_t kPieceBytes = 4096;

  // How long a line may wait for more, in a thread's queue; a crash loses what waits.
  static constexpr std::chrono::milliseconds kGathering{5};

  enum class State { Direct, Queueing, Stopping, GivenUp };

  void run();
  bool take_queue() EXCLUDES(mutex_);
  int milliseconds_left() EXCLUDES(mutex_);
  void gather();
  void write_piece();

  const int fd_;
  const OnLost on_lost_;
  // Constant while the thread runs.
  UniqueFd wake_;
  std::thread thread_ GUARDED_BY(mutex_);
  // The thread's own.
  ByteBuffer batch_;
  // Guarded by mutex_.
  Mutex mutex_;
  State state_ GUARDED_BY(mutex_) = State::Direct;
  ByteBuffer queue_ GUARDED_BY(mutex_);
  std::size_t lost_lines_ GUARDED_BY(mutex_) = 0;
  Clock::time_point deadline_ GUARDED_BY(mutex_) = Clock::time_point::max();
};

}  // namespace chatd
