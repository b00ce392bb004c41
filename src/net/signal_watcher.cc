#include "net/signal_watcher.h"

#include <cerrno>
#include <system_error>

#include <sys/epoll.h>
#include <sys/signalfd.h>

namespace chatd::net {

SignalWatcher::SignalWatcher(EventLoop& loop, std::initializer_list<int> signals, Handler& handler)
    : loop_(loop), handler_(handler) {
  sigset_t watched{};
  sigemptyset(&watched);
  for (const int signal : signals) sigaddset(&watched, signal);
  pthread_sigmask(SIG_BLOCK, &watched, &blocked_before_);
  fd_ = UniqueFd(::signalfd(-1, &watched, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd_ || !loop_.add(fd_.get(), EPOLLIN, *this)) {
    throw std::system_error(errno, std::generic_category(), "signalfd");
  }
}

SignalWatcher::~SignalWatcher() {
  loop_.remove(fd_.get());
  while (next_signal()) continue;
  pthread_sigmask(SIG_SETMASK, &blocked_before_, nullptr);
}

void SignalWatcher::on_ready(std::uint32_t) {
  while (const auto signal = next_signal()) handler_.on_signal(*signal);
}

std::optional<int> SignalWatcher::next_signal() const {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace chatd::net
