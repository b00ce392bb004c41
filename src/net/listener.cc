#include "net/listener.h"

#include "base/log.h"
#include "net/socket.h"

#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/epoll.h>

namespace chatd::net {

namespace {

// So that a flood of new peers does not keep those who are there waiting.
constexpr int kAcceptsPerTick = 64;
// A peer wakes one of the workers that sleep, not all of them.
constexpr std::uint32_t kEvents = EPOLLIN | EPOLLEXCLUSIVE;
// Out of descriptors, the listening socket stays readable; looking away for a while is what keeps
// the loop from spinning until one is free again.
constexpr std::chrono::milliseconds kRest{50};

UniqueFd duplicate(const UniqueFd& socket) {
  UniqueFd own(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
  if (!own) throw std::system_error(errno, std::generic_category(), "fcntl");
  return own;
}

}  // namespace

Listener::Listener(Worker& worker, const UniqueFd& socket, WorkerPool& pool,
                   ProtocolFactory& factory, std::size_t max_connections, const Entrance& entrance)
    : loop_(worker.loop()),
      socket_(duplicate(socket)),
      pool_(pool),
      factory_(factory),
      max_connections_(max_connections),
      entrance_(entrance),
      rest_timer_(loop_.timers(), *this) {
  if (!loop_.add(socket_.get(), kEvents, *this)) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

Listener::~Listener() {
  if (socket_) loop_.adopt_thread();  // whoever takes the house down has it to himself
  stop();
}

void Listener::stop() {
  if (!socket_) return;
  if (!rest_timer_.armed()) loop_.remove(socket_.get());
  rest_timer_.disarm();
  socket_.reset();
}

void Listener::on_ready(std::uint32_t) {
  for (int count = 0; count < kAcceptsPerTick; ++count) {
    if (pool_.connection_count() >= max_connections_) return rest("limit reached");
    Accepted accepted = accept(socket_.get());
    if (accepted.fd) {
      pool_.least_loaded().adopt(std::move(accepted.fd), factory_, entrance_);
    } else if (accepted.error == EAGAIN) {
      return;
    } else {
      return rest(std::generic_category().message(accepted.error));
    }
  }
}

// What is watched with EPOLLEXCLUSIVE can only be watched or not (epoll_ctl(2)).
void Listener::rest(const std::string& why) {
  loop_.remove(socket_.get());
  rest_timer_.arm(kRest);
  if (!pool_.may_complain(loop_.now())) return;
  log_warn("accept_paused connections=%zu why=%s", pool_.connection_count(), quoted(why).c_str());
}

void Listener::on_timer(Timer&) {
  if (!loop_.add(socket_.get(), kEvents, *this)) rest_timer_.arm(kRest);
}

}  // namespace chatd::net
