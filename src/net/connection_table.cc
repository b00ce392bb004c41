#include "net/connection_table.h"

#include "base/log.h"

#include <algorithm>
#include <utility>

#include <sys/epoll.h>

namespace chatd::net {

namespace {

// Connections whose flushing takes long enough to be measured, at the price of two clock readings.
constexpr std::size_t kMany = 8;
// Each such flush counts for so much among those before, and for no more than so many times as much
// as those: if it takes longer, the thread had to wait meanwhile.
constexpr int kFlushesRemembered = 4;
constexpr int kMostTimesLonger = 2;

}  // namespace

ConnectionTable::ConnectionTable(EventLoop& loop, std::uint16_t worker,
                                 const ConnectionLimits& limits)
    : loop_(loop), worker_(worker), limits_(limits), deadline_timer_(loop.timers(), *this) {}

ConnectionTable::~ConnectionTable() {
  loop_.adopt_thread();  // its own has ended: whoever takes the house down has it to himself
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
  if (!added.transport_->introduced()) await_introduction(added);
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
  loop_.assert_here();
  flushing_.swap(dirty_);
  // Pages and files are another matter.
  const bool is_broadcast =
      flushing_.size() >= kMany &&
      std::ranges::all_of(flushing_, [](const Connection* each) { return each->feed_ != nullptr; });
  const auto began = is_broadcast ? loop_.time().steady() : Clock::time_point{};
  for (Connection* connection : flushing_) connection->flush();
  if (is_broadcast) {
    note_write_cost((loop_.time().steady() - began) / static_cast<int>(flushing_.size()));
  }
  flushing_.clear();
}

void ConnectionTable::note_write_cost(Clock::duration each) {
  if (write_cost_ == Clock::duration::zero()) {
    write_cost_ = each;
  } else {
    write_cost_ +=
        (std::min(each, kMostTimesLonger * write_cost_) - write_cost_) / kFlushesRemembered;
  }
}

void ConnectionTable::bury() {
  loop_.assert_here();
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
  loop_.assert_here();
  // What waits in feeds goes out first: after a goodbye nothing may (RFC 6455, 5.5.1).
  for (const Slot& slot : slots_) {
    if (slot.connection != nullptr) slot.connection->wake();
  }
  flush();
  for (const Slot& slot : slots_) {
    Connection* connection = slot.connection.get();
    if (connection != nullptr && !connection->closing()) connection->protocol_->on_shutdown();
  }
}

void ConnectionTable::abort_all() {
  loop_.assert_here();
  for (const Slot& slot : slots_) {
    if (slot.connection != nullptr) slot.connection->abort();
  }
}

void ConnectionTable::flush_later(Connection& connection) {
  loop_.assert_here();
  dirty_.push_back(&connection);
}

void ConnectionTable::bury_later(Connection& connection) {
  loop_.assert_here();
  ended_.push_back(&connection);
}

void ConnectionTable::await_introduction(const Connection& connection) {
  loop_.assert_here();
  unintroduced_.push_back({connection.id(), loop_.now() + limits_.introduction, 0});
  if (unintroduced_.size() == 1) arm_deadline_timer();
}

void ConnectionTable::watch_stall(Connection& connection) {
  loop_.assert_here();
  stalled_.push_back({connection.id(), loop_.now() + limits_.stall, connection.backlog()});
  if (stalled_.size() == 1) arm_deadline_timer();
}

void ConnectionTable::linger(Connection& connection) {
  loop_.assert_here();
  lingering_.push_back({connection.id(), loop_.now() + limits_.linger, 0});
  if (lingering_.size() == 1) arm_deadline_timer();
}

void ConnectionTable::on_timer(Timer&) {
  loop_.assert_here();
  end_unintroduced();
  end_stalled();
  end_lingering();
  arm_deadline_timer();
}

void ConnectionTable::end_unintroduced() {
  while (!unintroduced_.empty() && unintroduced_.front().deadline <= loop_.now()) {
    Connection* connection = find(unintroduced_.front().id);
    unintroduced_.pop_front();
    if (connection == nullptr || connection->closing()) continue;
    if (connection->transport_->introduced()) continue;
    log_warn("refuse why=\"PROXY header took too long\" peer=%s",
             connection->peer_address().c_str());
    connection->abort();
  }
}

void ConnectionTable::end_stalled() {
  while (!stalled_.empty() && stalled_.front().deadline <= loop_.now()) {
    const Waiting waiting = stalled_.front();
    stalled_.pop_front();
    Connection* connection = find(waiting.id);
    if (connection == nullptr || connection->state_ != Connection::State::Finishing) continue;
    if (connection->backlog() == waiting.backlog) {
      connection->end(EndReason::TooSlow);
    } else {
      watch_stall(*connection);
    }
  }
}

void ConnectionTable::end_lingering() {
  while (!lingering_.empty() && lingering_.front().deadline <= loop_.now()) {
    if (Connection* connection = find(lingering_.front().id)) connection->end(EndReason::Finished);
    lingering_.pop_front();
  }
}

void ConnectionTable::arm_deadline_timer() {
  auto first = Clock::time_point::max();
  for (const auto* waiting : {&unintroduced_, &stalled_, &lingering_}) {
    if (!waiting->empty()) first = std::min(first, waiting->front().deadline);
  }
  if (first == Clock::time_point::max()) return;
  deadline_timer_.arm(std::chrono::ceil<std::chrono::milliseconds>(first - loop_.now()));
}

}  // namespace chatd::net
