#include "net/connection.h"

#include "net/connection_table.h"
#include "net/socket.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include <sys/epoll.h>

namespace chatd::net {

namespace {

constexpr std::size_t kSlicesPerWrite = 64;
// What one connection may write in a tick, so that one that catches up does not hold up the others.
constexpr std::size_t kBytesPerFlush = std::size_t{1} << 20;

std::size_t total(std::span<const iovec> slices) {
  std::size_t bytes = 0;
  for (const iovec& slice : slices) bytes += slice.iov_len;
  return bytes;
}

}  // namespace

Connection::Connection(ConnectionTable& table, ConnId id, std::unique_ptr<Transport> transport,
                       std::unique_ptr<Protocol> protocol)
    : table_(table), id_(id), transport_(std::move(transport)), protocol_(std::move(protocol)) {}

void Connection::send(std::string_view bytes) {
  if (state_ != State::Open) return;
  outbox_.append(bytes);
  check_limit();
}

void Connection::send(SharedBuffer bytes) {
  if (state_ != State::Open) return;
  outbox_.append(std::move(bytes));
  check_limit();
}

void Connection::check_limit() {
  if (outbox_.size() > table_.limits().outbox_bytes) return end(EndReason::TooSlow);
  wake();
}

void Connection::finish() {
  if (state_ != State::Open) return;
  detach_feed();
  state_ = State::Finishing;
  paused_ = false;  // what still comes is read and thrown away
  inbox_.clear();
  wake();
}

void Connection::pause_reading() {
  if (state_ != State::Open || paused_) return;
  paused_ = true;
  watch();
}

void Connection::resume_reading() {
  if (state_ != State::Open || !paused_) return;
  paused_ = false;
  watch();
  // Not now: a call down never calls up.
  if (!inbox_.empty() || transport_->has_unread()) {
    loop().post([&table = table_, id = id_] {
      if (Connection* self = table.find(id)) self->offer_again();
    });
  }
}

void Connection::replace_protocol(std::unique_ptr<Protocol> next) {
  next_protocol_ = std::move(next);
}

void Connection::detach_feed() {
  if (feed_ == nullptr) return;
  Feed& feed = *std::exchange(feed_, nullptr);
  if (feed.at_boundary()) return;
  // The rest of that frame must stand before all else that waits.
  std::array<iovec, 1> slice{};
  const std::size_t count = feed.peek(slice, Feed::Extent::Frame);
  assert(count == 1);  // a log keeps a frame in one piece
  if (count == 1) {
    outbox_.prepend(
        std::string_view(static_cast<const char*>(slice[0].iov_base), slice[0].iov_len));
  }
  wake();
}

void Connection::wake() {
  if (dirty_ || state_ == State::Ended) return;
  dirty_ = true;
  table_.flush_later(*this);
}

void Connection::set_nodelay(bool on) {
  net::set_nodelay(transport_->fd(), on ? Nodelay::On : Nodelay::Off);
}

EventLoop& Connection::loop() const { return table_.loop(); }

std::string Connection::peer_address() const { return net::peer_address(transport_->fd()); }

void Connection::on_ready(std::uint32_t events) {
  if (state_ == State::Ended) return;
  const bool wants_read = !paused_ && !peer_ended_;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0 && !wants_read) return end(EndReason::PeerGone);
  if ((events & EPOLLOUT) != 0) {
    wants_write_ = false;
    wake();
  }
  if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) read();
}

void Connection::read() {
  const std::span<char> scratch = table_.scratch();
  const IoResult result = transport_->read(scratch);
  switch (result.status) {
    case IoStatus::Done: take(scratch.first(result.bytes)); break;
    case IoStatus::WouldBlock: break;
    case IoStatus::End: return on_peer_end();
    case IoStatus::Failed:
      return end(state_ == State::Lingering ? EndReason::Finished : EndReason::PeerGone);
  }
  if (transport_->has_unwritten()) wake();
  if (transport_->has_unread() && !paused_ && state_ != State::Ended) {
    loop().post([&table = table_, id = id_] {
      if (Connection* self = table.find(id)) self->offer_again();
    });
  }
}

void Connection::take(std::span<char> bytes) {
  if (state_ != State::Open) return;  // lingering: read only so that the peer can finish
  if (!inbox_.empty()) {
    inbox_.append({bytes.data(), bytes.size()});
    inbox_.consume(offer(inbox_.data()));
    return;
  }
  const std::size_t taken = offer(bytes);
  if (state_ != State::Open) return;
  const std::span<char> left = bytes.subspan(taken);
  inbox_.append({left.data(), left.size()});
}

// Returns how many bytes are done with.
std::size_t Connection::offer(std::span<char> bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && !paused_ && state_ == State::Open) {
    taken += protocol_->on_data(bytes.subspan(taken));
    assert(taken <= bytes.size());
    if (next_protocol_ == nullptr) break;
    protocol_ = std::move(next_protocol_);
    protocol_->on_attach(*this);
  }
  return state_ == State::Open ? taken : bytes.size();
}

void Connection::offer_again() {
  if (paused_ || state_ != State::Open) return;
  if (!inbox_.empty()) inbox_.consume(offer(inbox_.data()));
  if (transport_->has_unread() && !paused_ && state_ != State::Ended) read();
}

void Connection::on_peer_end() {
  peer_ended_ = true;
  if (state_ == State::Lingering) return end(EndReason::Finished);
  watch();
  if (state_ == State::Open) protocol_->on_end();
}

void Connection::flush() {
  dirty_ = false;
  // While the socket is full, epoll says when to go on: trying each tick would cost a call for
  // nothing.
  if (state_ == State::Ended || wants_write_) return;
  const bool had_output = !outbox_.empty();
  for (std::size_t written = 0; written < kBytesPerFlush;) {
    std::array<iovec, kSlicesPerWrite> storage;
    const Output output = gather(storage);
    if (output.slices.empty() && !transport_->has_unwritten()) return on_all_written(had_output);
    const IoResult result = transport_->write(output.slices);
    if (result.status == IoStatus::Failed) return end(EndReason::PeerGone);
    advance(output, result.bytes);
    if (result.bytes < output.bytes || transport_->has_unwritten()) {
      wants_write_ = true;
      return watch();
    }
    written += result.bytes;
  }
  wake();
}

// What goes out next: the rest of a frame of the feed that is half sent, else the outbox and then
// the feed.
Connection::Output Connection::gather(std::span<iovec> storage) const {
  Output output;
  std::size_t count = 0;
  if (feed_ != nullptr && !feed_->at_boundary()) {
    count = feed_->peek(storage, Feed::Extent::Frame);
  } else {
    count = outbox_.peek(storage);
    output.from_outbox = total(storage.first(count));
    if (feed_ != nullptr && output.from_outbox == outbox_.size()) {
      count += feed_->peek(storage.subspan(count), Feed::Extent::All);
    }
  }
  output.slices = storage.first(count);
  output.bytes = total(output.slices);
  return output;
}

void Connection::advance(const Output& output, std::size_t bytes) {
  const std::size_t from_outbox = std::min(bytes, output.from_outbox);
  outbox_.advance(from_outbox);
  if (bytes > from_outbox) feed_->advance(bytes - from_outbox);
}

void Connection::on_all_written(bool had_output) {
  watch();
  if (state_ == State::Open && had_output) return protocol_->on_drained();
  if (state_ != State::Finishing) return;
  if (peer_ended_) return end(EndReason::Finished);
  transport_->shutdown_write();
  state_ = State::Lingering;
  table_.linger(*this);
}

void Connection::end(EndReason reason) {
  if (state_ == State::Ended) return;
  state_ = State::Ended;
  reason_ = reason;
  table_.bury_later(*this);
}

// Tells epoll what is waited for, if that has changed.
void Connection::watch() {
  if (state_ == State::Ended) return;
  const std::uint32_t reads = paused_ || peer_ended_ ? 0u : static_cast<std::uint32_t>(EPOLLIN);
  const std::uint32_t writes = wants_write_ ? static_cast<std::uint32_t>(EPOLLOUT) : 0u;
  if (watched_ == (reads | writes)) return;
  watched_ = reads | writes;
  loop().modify(transport_->fd(), watched_, *this);
}

}  // namespace chatd::net
