#include "net/connection.h"

#include "net/connection_table.h"

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
// The same of a file, which may have to be fetched from a disk.
constexpr std::size_t kFileBytesPerFlush = std::size_t{256} << 10;

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

std::optional<std::size_t> Connection::send_file(int file, std::uint64_t offset,
                                                 std::uint64_t bytes) {
  assert(outbox_.empty());
  if (state_ != State::Open) return 0;
  const auto share = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, kFileBytesPerFlush));
  const IoResult result = transport_->send_file(file, offset, share);
  if (result.status == IoStatus::Failed) {
    on_broken();
    return 0;
  }
  if (result.status == IoStatus::Done && result.bytes == 0) return std::nullopt;
  owes_drained_ = true;
  if (result.bytes == share) {
    wake();
  } else {
    wants_write_ = true;
    watch();
  }
  return result.bytes;
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
  if (!inbox_.empty() || transport_->has_unread() || (peer_ended_ && !end_told_)) offer_later();
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

void Connection::set_nodelay(Nodelay nodelay) { net::set_nodelay(transport_->fd(), nodelay); }

EventLoop& Connection::loop() const { return table_.loop(); }

std::string Connection::peer_address() const { return transport_->peer_address(); }

void Connection::on_ready(std::uint32_t events) {
  if (state_ == State::Ended) return;
  // epoll tells of these two unasked, and again and again.
  const bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
  const bool reads = !paused_ && !peer_ended_;
  if (broken && !reads) return on_broken();
  if ((events & EPOLLOUT) != 0 || awaits_peer_) {
    wants_write_ = false;
    awaits_peer_ = false;
    wake();
  }
  // Not if another connection's bytes, served just before, made this one pause.
  if (reads && (broken || (events & EPOLLIN) != 0)) read();
}

void Connection::read() {
  const std::span<char> scratch = table_.scratch();
  const IoResult result = transport_->read(scratch);
  switch (result.status) {
    case IoStatus::Done: take(scratch.first(result.bytes)); break;
    case IoStatus::WouldBlock: break;
    case IoStatus::End: return on_peer_end();
    case IoStatus::Failed: return on_broken();
  }
  if (transport_->has_unwritten()) wake();
  if (transport_->has_unread() && !paused_) offer_later();
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

// Not now: a call down never calls up. Among what is posted, so that the others get their turn.
void Connection::offer_later() {
  if (offer_posted_ || state_ == State::Ended) return;
  offer_posted_ = true;
  loop().post([&table = table_, id = id_] {
    if (Connection* self = table.find(id)) self->offer_again();
  });
}

void Connection::offer_again() {
  offer_posted_ = false;
  if (paused_ || state_ == State::Ended) return;
  if (!inbox_.empty()) inbox_.consume(offer(inbox_.data()));
  if (transport_->has_unread() && !paused_ && state_ != State::Ended) return read();
  tell_end();
}

void Connection::on_peer_end() {
  peer_ended_ = true;
  if (state_ == State::Lingering) return end(EndReason::Finished);
  watch();
  tell_end();
}

// The end comes behind all bytes, also behind those that a protocol which paused has yet to see.
void Connection::tell_end() {
  if (!peer_ended_ || end_told_ || offer_posted_ || paused_ || state_ != State::Open) return;
  end_told_ = true;
  protocol_->on_end();
}

void Connection::flush() {
  dirty_ = false;
  if (state_ == State::Ended) return;
  // Not in finish() itself: the on_data() that calls it may be looking at these bytes.
  if (state_ != State::Open) inbox_.clear();
  owes_drained_ = owes_drained_ || !outbox_.empty();
  // While the socket is full, epoll says when to go on: trying each tick would cost a call for
  // nothing.
  if (!write_blocked()) write();
  if (state_ == State::Ended) return;
  watch();
  if (state_ == State::Finishing && !std::exchange(stall_watched_, true)) table_.watch_stall(*this);
  if (!outbox_.empty() || !std::exchange(owes_drained_, false)) return;
  if (state_ == State::Open) protocol_->on_drained();
}

// Gives the transport what it takes, up to this tick's share.
void Connection::write() {
  for (std::size_t written = 0; written < kBytesPerFlush;) {
    std::array<iovec, kSlicesPerWrite> storage;  // NOLINT: filled as far as it is read
    const Output output = gather(storage);
    if (output.bytes == 0 && !transport_->has_unwritten()) return on_all_written();
    const IoResult result = transport_->write(output.slices);
    if (result.status == IoStatus::Failed) return on_broken();
    advance(output, result.bytes);
    if (result.bytes < output.bytes || transport_->has_unwritten()) {
      awaits_peer_ = transport_->awaits_peer();
      wants_write_ = !awaits_peer_;
      return;
    }
    written += result.bytes;
  }
  wake();
}

// What goes out next: the outbox and then the feed; but if a frame of the feed is half sent, its
// rest comes before the outbox.
Connection::Output Connection::gather(std::span<iovec> storage) const {
  Output output;
  std::size_t count = 0;
  if (feed_ != nullptr && !feed_->at_boundary() && !outbox_.empty()) {
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

void Connection::on_all_written() {
  if (state_ == State::Finishing) {
    state_ = State::Lingering;
    transport_->shutdown_write();
    wants_write_ = transport_->has_unwritten();
    if (wants_write_ || !peer_ended_) return table_.linger(*this);
  }
  if (state_ == State::Lingering && peer_ended_) end(EndReason::Finished);
}

// Once our end is out, it does not matter how the peer takes its leave.
void Connection::on_broken() {
  end(state_ == State::Lingering ? EndReason::Finished : EndReason::PeerGone);
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
  std::uint32_t events = 0;
  if ((!paused_ && !peer_ended_) || awaits_peer_) events |= EPOLLIN;
  if (wants_write_) events |= EPOLLOUT;
  if (watched_ == events) return;
  watched_ = events;
  loop().modify(transport_->fd(), watched_, *this);
}

}  // namespace chatd::net
