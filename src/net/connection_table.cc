#include "net/connection_table.h"

#include "base/log.h"

#include <algorithm>
#include <utility>

#include <sys/epoll.h>

namespace chatd::net {

ConnectionTable::ConnectionTable(EventLoop& loop, std::uint16_t worker,
                                 const ConnectionLimits& limits)
    : loop_(loop), worker_(worker), limits_(limits), linger_timer_(loop.timers(), *this) {}

ConnectionTable::~ConnectionTable() {
  abort_all();
  bury();
}

Connection* ConnectionTable::add(std::unique_ptr<Transport> transport,
                                 std::unique_ptr<Protocol> protocol) {
  loop_.assert_here();
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t index = free_slots_.back();
  Slot& slot = slots_[index];
  const ConnId id{.worker = worker_, .generation = slot.generation, .slot = index};
  const int fd = transport->fd();
  auto connection =
      std::make_unique<Connection>(*this, id, std::move(transport), std::move(protocol));
  if (!loop_.add(fd, EPOLLIN, *connection)) {
    log_error("watch_refused worker=%u connections=%zu", unsigned{worker_}, count());
    return nullptr;
  }
  connection->watched_ = EPOLLIN;
  free_slots_.pop_back();
  slot.connection = std::move(connection);
  count_.fetch_add(1, std::memory_order_relaxed);
  Connection& added = *slot.connection;
  added.protocol_->on_attach(added);
  return &added;
}

Connection* ConnectionTable::find(ConnId id) {
  loop_.assert_here();
  if (id.worker != worker_ || id.slot >= slots_.size()) return nullptr;
  Slot& slot = slots_[id.slot];
  return slot.generation == id.generation ? slot.connection.get() : nullptr;
}

void ConnectionTable::flush() {
  flushing_.swap(dirty_);
  for (Connection* connection : flushing_) connection->flush();
  flushing_.clear();
}

void ConnectionTable::bury() {
  // on_close() may end further connections: those are buried too.
  while (!ended_.empty()) {
    Connection& connection = *ended_.back();
    ended_.pop_back();
    connection.protocol_->on_close(connection.reason_);
    if (connection.dirty_) std::erase(dirty_, &connection);
    loop_.remove(connection.transport_->fd());
    Slot& slot = slots_[connection.id_.slot];
    ++slot.generation;
    free_slots_.push_back(connection.id_.slot);
    slot.connection.reset();
    count_.fetch_sub(1, std::memory_order_relaxed);
  }
  // A last call may have given others something to send.
  if (!dirty_.empty()) loop_.stay_awake();
}

void ConnectionTable::shut_down() {
  // By index: a protocol may not add connections, but nothing here should hang on that.
  for (std::size_t index = 0; index < slots_.size(); ++index) {
    Connection* connection = slots_[index].connection.get();
    if (connection != nullptr && !connection->closing()) connection->protocol_->on_shutdown();
  }
}

void ConnectionTable::abort_all() {
  for (const Slot& slot : slots_) {
    if (slot.connection != nullptr) slot.connection->abort();
  }
}

void ConnectionTable::flush_later(Connection& connection) { dirty_.push_back(&connection); }

void ConnectionTable::bury_later(Connection& connection) { ended_.push_back(&connection); }

void ConnectionTable::linger(Connection& connection) {
  lingering_.push_back({connection.id(), loop_.now() + limits_.linger});
  if (!linger_timer_.armed()) linger_timer_.arm(limits_.linger);
}

void ConnectionTable::on_timer(Timer&) {
  const auto now = loop_.now();
  while (!lingering_.empty() && lingering_.front().deadline <= now) {
    if (Connection* connection = find(lingering_.front().id)) connection->end(EndReason::Finished);
    lingering_.pop_front();
  }
  if (lingering_.empty()) return;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(lingering_.front().deadline - now);
  linger_timer_.arm(wait);
}

}  // namespace chatd::net
