#pragma once
// Connection: a socket, its transport, the bytes that wait in either direction, and the Protocol on
// it. Lives and dies on the worker that got the socket; owned by that worker's ConnectionTable.

#include "base/byte_buffer.h"
#include "base/shared_buffer.h"
#include "net/conn_id.h"
#include "net/event_loop.h"
#include "net/outbox.h"
#include "net/protocol.h"
#include "net/socket.h"
#include "net/transport.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace chatd::net {

class ConnectionTable;

// Sending only queues: what is queued in a tick goes out in one write at its end. Closing only
// marks: the protocol hears on_close() from the table, at the end of the tick, and then both are
// freed. An idle one holds no buffer: bytes are read into its table's scratch buffer, and only what
// the protocol leaves untaken is kept.
class Connection final : public EventLoop::Handler {
 public:
  // Made by ConnectionTable::add(), which watches the descriptor.
  Connection(ConnectionTable& table, ConnId id, std::unique_ptr<Transport> transport,
             std::unique_ptr<Protocol> protocol);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Queues a copy, or a reference. Nothing is queued after finish() or abort(). An outbox that
  // outgrows the table's limit ends the connection with TooSlow.
  void send(std::string_view bytes);
  void send(SharedBuffer bytes);

  // Whether send_file() can be used: not where the bytes must be encrypted.
  bool sends_files() const { return transport_->sends_files(); }
  // Only in on_drained(): gives the socket what it takes now of a file's bytes, a tick's share at
  // most, without reading them. on_drained() follows again, when there may be room for more.
  // Returns how many; none if the file has no more, or cannot be read.
  std::optional<std::size_t> send_file(int file, std::uint64_t offset, std::uint64_t bytes);

  // Sends what is queued, then ends our direction (FIN) and waits a moment for the peer to end its
  // own, so that it can read our last bytes. What the peer sends meanwhile is thrown away.
  void finish();

  // Ends at once; what is queued is dropped.
  void abort() { end(EndReason::Aborted); }

  // Stops and goes on with taking bytes from the peer. While paused, the peer's sends back up to
  // the peer. What was read and not taken is offered again soon after resume_reading().
  void pause_reading();
  void resume_reading();

  // Only in on_data(): puts `next` in the place of the present protocol as soon as the latter
  // returns from it. Bytes that it left untaken go to `next`.
  void replace_protocol(std::unique_ptr<Protocol> next);

  // From now on `feed` is read after the outbox. It must stay until detach_feed() or on_close().
  void attach_feed(Feed& feed) { feed_ = &feed; }
  // Sends the rest of a frame that is half sent, and forgets the feed.
  void detach_feed();
  // The feed has bytes: flush this connection at the end of the tick.
  void wake();

  // TCP_NODELAY. On from the start: we gather a tick's output ourselves.
  void set_nodelay(Nodelay nodelay);

  ConnId id() const { return id_; }
  EventLoop& loop() const;
  // Bytes in the outbox that have not been given to the socket.
  std::size_t backlog() const { return outbox_.size(); }
  // True once finish() or abort() was said, or the peer is gone: sending is in vain.
  bool closing() const { return state_ != State::Open; }
  bool reading_paused() const { return paused_; }
  // True while the socket takes no more: the peer reads more slowly than we write.
  bool write_blocked() const { return wants_write_ || awaits_peer_; }
  // Encrypted between the peer and us.
  bool secure() const { return transport_->secure(); }
  // "192.0.2.1", "2001:db8::1"; empty for what is no IP socket, and once the peer has reset. Where
  // proxies introduce their connections (ProxiedTransport), whom they come from.
  std::string peer_address() const;

 private:
  friend class ConnectionTable;  // attach, flush, and the last call

  enum class State : std::uint8_t {
    Open,
    Finishing,  // the outbox goes out
    Lingering,  // our FIN is out, the peer's is awaited
    Ended,      // in the table's list of those to bury
  };

  void on_ready(std::uint32_t events) override;
  void read();
  void take(std::span<char> bytes);
  std::size_t offer(std::span<char> bytes);
  void offer_later();
  void offer_again();
  void on_peer_end();
  void tell_end();

  // What one write takes: first from the outbox, then from the feed.
  struct Output {
    std::span<const iovec> slices;
    std::size_t bytes = 0;
    std::size_t from_outbox = 0;
  };

  void flush();
  void write();
  Output gather(std::span<iovec> storage) const;
  void advance(const Output& output, std::size_t bytes);
  void on_all_written();
  void on_broken();
  void check_limit();
  void end(EndReason reason);
  void watch();

  // Constant after construction.
  ConnectionTable& table_;
  const ConnId id_;
  // Loop thread only, as all of it.
  const std::unique_ptr<Transport> transport_;
  std::unique_ptr<Protocol> protocol_;
  std::unique_ptr<Protocol> next_protocol_;
  ByteBuffer inbox_;  // what the protocol left untaken
  Outbox outbox_;
  Feed* feed_ = nullptr;
  State state_ = State::Open;
  EndReason reason_ = EndReason::Finished;
  bool paused_ = false;
  bool offer_posted_ = false;   // offer_again() is on its way
  bool peer_ended_ = false;     // the transport has said so
  bool end_told_ = false;       // … and we the protocol
  bool owes_drained_ = false;   // the outbox had output since on_drained() was last called
  bool wants_write_ = false;    // the socket is full
  bool awaits_peer_ = false;    // the transport cannot write before it has read
  bool dirty_ = false;          // in the table's list of those to flush
  bool stall_watched_ = false;  // in the table's list of those that must get their output off
  std::uint32_t watched_ = 0;   // what epoll was told
};

}  // namespace chatd::net
