#include "base/log_writer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace chatd {

namespace {

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;  // nobody reads; there is nobody to tell
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void wake_up(int event_fd) {
  const std::uint64_t one = 1;
  // It fails only when so many wakes wait already that one more would not count.
  static_cast<void>(!::write(event_fd, &one, sizeof one));
}

// No signals for the threads that are made while it lives.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all{};
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

void LogWriter::put(std::string_view line) {
  MutexLock lock(mutex_);
  switch (state_) {
    case State::Direct: return write_all(fd_, line);
    case State::GivenUp: return;
    case State::Queueing:
    case State::Stopping: break;
  }
  if (queue_.size() + line.size() > kQueueBytes) {
    ++lost_lines_;
    return;
  }
  const bool was_empty = queue_.empty();
  queue_.append(line);
  if (was_empty) wake_up(wake_.get());
}

void LogWriter::start() {
  MutexLock lock(mutex_);
  if (state_ != State::Direct) return;
  wake_ = UniqueFd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake_) throw std::system_error(errno, std::generic_category(), "eventfd");
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "log");
  state_ = State::Queueing;
}

void LogWriter::stop(std::chrono::milliseconds patience) {
  std::thread ending;
  {
    MutexLock lock(mutex_);
    if (state_ != State::Queueing) return;
    state_ = State::Stopping;
    deadline_ = Clock::now() + patience;
    ending = std::move(thread_);
    wake_up(wake_.get());
  }
  ending.join();
  MutexLock lock(mutex_);
  const bool in_time = batch_.empty() && Clock::now() < deadline_;
  // What was put while the thread ended.
  if (in_time) write_all(fd_, queue_.view());
  queue_.clear();
  state_ = in_time ? State::Direct : State::GivenUp;
}

void LogWriter::run() {
  while (true) {
    if (batch_.empty() && !take_queue() && milliseconds_left() >= 0) return;
    const int patience = milliseconds_left();
    if (patience == 0) return;
    // While there is nothing to write, room for it is not waited for.
    std::array<pollfd, 2> watched = {
        pollfd{.fd = wake_.get(), .events = POLLIN, .revents = 0},
        pollfd{.fd = batch_.empty() ? -1 : fd_, .events = POLLOUT, .revents = 0}};
    ::poll(watched.data(), watched.size(), patience);
    if (watched[0].revents != 0) {
      std::uint64_t count = 0;
      static_cast<void>(!::read(wake_.get(), &count, sizeof count));
      if (batch_.empty() && milliseconds_left() < 0) gather();
    }
    if (watched[1].revents != 0) write_piece();
  }
}

// A line seldom comes alone: one wake and one write for all of a moment. stop() ends it early.
void LogWriter::gather() {
  pollfd watched{.fd = wake_.get(), .events = POLLIN, .revents = 0};
  ::poll(&watched, 1, static_cast<int>(kGathering.count()));
}

// Whether there is something to write now. Called without anything left of the last batch.
bool LogWriter::take_queue() {
  std::size_t lost = 0;
  {
    MutexLock lock(mutex_);
    std::swap(batch_, queue_);
    lost = std::exchange(lost_lines_, 0);
  }
  if (lost > 0) on_lost_(lost);
  return !batch_.empty();
}

// Until the deadline, for poll(): none is -1.
int LogWriter::milliseconds_left() {
  MutexLock lock(mutex_);
  if (state_ != State::Stopping) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
  return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
}

void LogWriter::write_piece() {
  const std::string_view piece = batch_.view().substr(0, kPieceBytes);
  const ssize_t count = ::write(fd_, piece.data(), piece.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  // Nobody reads any more: what goes there is gone.
  batch_.consume(count < 0 ? batch_.size() : static_cast<std::size_t>(count));
}

}  // namespace chatd
