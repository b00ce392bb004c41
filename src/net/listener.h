#pragma once
// Listener: accepts on the control loop, picks the worker with the fewest connections and hands it
// the descriptor. Control loop's thread only.

#include "base/unique_fd.h"
#include "net/event_loop.h"
#include "net/timer.h"
#include "net/worker.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace chatd::net {

class Listener final : private EventLoop::Handler, private Timer::Handler {
 public:
  // Accepts from now on; `socket` listens already (listen_tcp). At most `max_connections` at a time
  // are served: further peers wait in the system's backlog. All references must outlive the
  // listener, `factory` the pool as well.
  Listener(EventLoop& control, UniqueFd socket, WorkerPool& pool, ProtocolFactory& factory,
           std::size_t max_connections, const Entrance& entrance = {});
  ~Listener() override;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int fd() const { return socket_.get(); }

 private:
  void on_ready(std::uint32_t events) override;
  void on_timer(Timer& timer) override;
  void rest(const std::string& why);

  EventLoop& control_;
  const UniqueFd socket_;
  WorkerPool& pool_;
  ProtocolFactory& factory_;
  const std::size_t max_connections_;
  const Entrance entrance_;
  Timer rest_timer_;
  std::optional<Clock::time_point> last_complaint_;
};

}  // namespace chatd::net
