#include "net/signal_watcher.h"

#include <cerrno>
#include <system_error>

#include <sys/epoll.h>
#include <sys/signalfd.h>

namespace chatd::net {

SignalWatcher::SignalWatcher(EventLoop& loop, std::initializer_list<int> signals, Handler& handler)
    : loop_(loop), handler_(handler) {
  sigemptyset(&signals_);
  for (const int signal : signals) sigaddset(&signals_, signal);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  fd_ = UniqueFd(::signalfd(-1, &signals_, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd_ || !loop_.add(fd_.get(), EPOLLIN, *this)) {
    throw std::system_error(errno, std::generic_category(), "signalfd");
  }
}

SignalWatcher::~SignalWatcher() {
  loop_.remove(fd_.get());
  pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
}

void SignalWatcher::on_ready(std::uint32_t) {
  signalfd_siginfo info{};
  while (::read(fd_.get(), &info, sizeof info) == sizeof info) {
    handler_.on_signal(static_cast<int>(info.ssi_signo));
  }
}

}  // namespace chatd::net
