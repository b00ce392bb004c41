#include "net/listener.h"

#include "base/log.h"
#include "net/socket.h"

#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include <sys/epoll.h>

namespace chatd::net {

namespace {

// So that a flood of new peers does not keep the control loop from its other work.
constexpr int kAcceptsPerTick = 64;
// Out of descriptors, the listening socket stays readable; looking away for a while is what keeps
// the loop from spinning until one is free again.
constexpr std::chrono::milliseconds kRest{50};
constexpr std::chrono::seconds kBetweenComplaints{10};

}  // namespace

Listener::Listener(EventLoop& control, UniqueFd socket, WorkerPool& pool, ProtocolFactory& factory,
                   std::size_t max_connections, const Entrance& entrance)
    : control_(control),
      socket_(std::move(socket)),
      pool_(pool),
      factory_(factory),
      max_connections_(max_connections),
      entrance_(entrance),
      rest_timer_(control.timers(), *this) {
  if (!control_.add(socket_.get(), EPOLLIN, *this)) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

Listener::~Listener() { control_.remove(socket_.get()); }

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

void Listener::rest(const std::string& why) {
  control_.modify(socket_.get(), 0, *this);
  rest_timer_.arm(kRest);
  if (last_complaint_ && control_.now() - *last_complaint_ < kBetweenComplaints) return;
  last_complaint_ = control_.now();
  log_warn("accept_paused connections=%zu why=%s", pool_.connection_count(), quoted(why).c_str());
}

void Listener::on_timer(Timer&) { control_.modify(socket_.get(), EPOLLIN, *this); }

}  // namespace chatd::net
