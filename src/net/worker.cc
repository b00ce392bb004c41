#include "net/worker.h"

#include "base/log.h"
#include "net/socket.h"

#include <algorithm>
#include <string>
#include <utility>

#include <pthread.h>

namespace chatd::net {

namespace {

constexpr std::chrono::seconds kBetweenComplaints{10};

// Where proxies introduce their connections nobody else is heard.
bool may_enter(const UniqueFd& socket, const Entrance& entrance) {
  if (entrance.proxies == nullptr) return true;
  const std::string peer = peer_address(socket.get());
  if (entrance.proxies->include(peer)) return true;
  log_warn("refuse why=\"no trusted proxy\" peer=%s", peer.c_str());
  return false;
}

}  // namespace

Worker::Worker(std::uint16_t index, const ConnectionLimits& limits, const TimeSource& time)
    : index_(index),
      loop_(time),
      connections_(loop_, index, limits),
      drain_timer_(loop_.timers(), *this) {}

void Worker::run() {
  loop_.adopt_thread();
  loop_.assert_here();
  while (!stopping_) {
    tick();
    if (draining_ && load() == 0) stopping_ = true;
  }
  // Not left to the destructor: what protocols touch in on_close() belongs to this thread, and may
  // be gone by then.
  connections_.abort_all();
  connections_.bury();
}

void Worker::tick() {
  loop_.assert_here();
  handshakes_.refill();
  loop_.poll();        // sleep until something is ready, then serve it
  loop_.run_posted();  // mail from other threads, as one batch
  loop_.run_timers();
  loop_.run_deferred();  // put off until now: rooms to send
  connections_.flush();  // one write for each connection that has output
  connections_.bury();   // free what closed in this tick
}

void Worker::stop() {
  loop_.post([this] {
    loop_.assert_here();
    stopping_ = true;
  });
}

void Worker::drain(std::chrono::milliseconds time) {
  loop_.post([this, time] {
    loop_.assert_here();
    drain_timer_.arm(time);
    if (!std::exchange(draining_, true)) connections_.shut_down();
  });
}

void Worker::adopt(UniqueFd socket, ProtocolFactory& factory, const Entrance& entrance) {
  if (loop_.on_own_thread()) {
    loop_.assert_here();
    return serve(std::move(socket), factory, entrance);
  }
  arriving_.fetch_add(1, std::memory_order_relaxed);
  loop_.post([this, &factory, entrance, socket = std::move(socket)]() mutable {
    loop_.assert_here();
    serve(std::move(socket), factory, entrance);
    // Only now, so that load() never forgets it for a moment.
    arriving_.fetch_sub(1, std::memory_order_relaxed);
  });
}

void Worker::serve(UniqueFd socket, ProtocolFactory& factory, const Entrance& entrance) {
  if (draining_ || !may_enter(socket, entrance)) return;
  connections_.add(make_transport(std::move(socket), entrance), factory.make_protocol(*this));
}

std::unique_ptr<Transport> Worker::make_transport(UniqueFd socket, const Entrance& entrance) {
  std::unique_ptr<Transport> transport;
  if (entrance.tls == nullptr) {
    transport = std::make_unique<PlainTransport>(std::move(socket));
  } else {
    transport = std::make_unique<TlsTransport>(std::move(socket), entrance.tls->get(), handshakes_);
  }
  if (entrance.proxies == nullptr) return transport;
  return std::make_unique<ProxiedTransport>(std::move(transport));
}

void Worker::on_timer(Timer&) { connections_.abort_all(); }

WorkerPool::WorkerPool(std::size_t count, const ConnectionLimits& limits, const TimeSource& time) {
  for (std::size_t index = 0; index < count; ++index) {
    workers_.push_back(std::make_unique<Worker>(static_cast<std::uint16_t>(index), limits, time));
  }
}

WorkerPool::~WorkerPool() { stop(); }

void WorkerPool::start() {
  try {
    for (const auto& worker : workers_) {
      threads_.emplace_back([&worker = *worker] { worker.run(); });
      const std::string name = "worker-" + std::to_string(worker->index());
      pthread_setname_np(threads_.back().native_handle(), name.c_str());
    }
  } catch (...) {
    stop();
    throw;
  }
}

void WorkerPool::drain(std::chrono::milliseconds time) {
  for (const auto& worker : workers_) worker->drain(time);
  join();
}

Worker& WorkerPool::least_loaded() {
  return **std::min_element(workers_.begin(), workers_.end(),
                            [](const auto& a, const auto& b) { return a->load() < b->load(); });
}

std::size_t WorkerPool::connection_count() const {
  std::size_t count = 0;
  for (const auto& worker : workers_) count += worker->load();
  return count;
}

bool WorkerPool::may_complain(Clock::time_point now) {
  MutexLock lock(mutex_);
  if (now < next_complaint_) return false;
  next_complaint_ = now + kBetweenComplaints;
  return true;
}

void WorkerPool::stop() {
  if (threads_.empty()) return;
  for (const auto& worker : workers_) worker->stop();
  join();
}

void WorkerPool::join() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace chatd::net
