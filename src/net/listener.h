#pragma once
// Listener: accepts on a worker's loop, for the worker with the fewest connections; to its own,
// which is always the one where there is no other, nothing need be handed over. Each worker has one
// for each listening socket; that worker's thread only.

#include "base/unique_fd.h"
#include "net/entrance.h"
#include "net/event_loop.h"
#include "net/timer.h"
#include "net/worker.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace chatd::net {

class Listener final : private EventLoop::Handler, private Timer::Handler {
 public:
  // Accepts on `worker` from now on; `socket` listens already (listen_tcp), and the listener takes
  // a descriptor of its own for it. At most `max_connections` at a time are served, or as many more
  // as there are workers that accept at the same moment: further peers wait in the system's
  // backlog. All references but `socket` must outlive the listener, `factory` the pool's threads
  // too. Throws std::system_error when there is no descriptor left.
  Listener(Worker& worker, const UniqueFd& socket, WorkerPool& pool, ProtocolFactory& factory,
           std::size_t max_connections, const Entrance& entrance = {});
  // Its worker's thread has not begun, or has ended.
  ~Listener() override;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Accepts nobody any more, and lets go of the socket: once all have, the system refuses whoever
  // comes.
  void stop();

  int fd() const { return socket_.get(); }

 private:
  void on_ready(std::uint32_t events) override;
  void on_timer(Timer& timer) override;
  void rest(const std::string& why);

  EventLoop& loop_;
  UniqueFd socket_;  // none once stopped
  WorkerPool& pool_;
  ProtocolFactory& factory_;
  const std::size_t max_connections_;
  const Entrance entrance_;
  Timer rest_timer_;
};

}  // namespace chatd::net
