#pragma once
// TlsTransport: bytes over a socket, encrypted; the handshake happens inside read() and write().
// Loop thread only; owned by a Connection.

#include "base/byte_buffer.h"
#include "base/unique_fd.h"
#include "net/tls.h"
#include "net/transport.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

struct ssl_st;  // OpenSSL's SSL

namespace chatd::net {

// How many steps of handshakes a worker still takes in this tick: they cost a hundred times what a
// message costs, and a crowd that arrives must not hold up those who are there.
class HandshakeBudget {
 public:
  void refill() { left_ = kStepsPerTick; }
  // False if none is left.
  [[nodiscard]] bool take() { return left_ > 0 && left_-- > 0; }

 private:
  static constexpr int kStepsPerTick = 8;
  int left_ = kStepsPerTick;
};

// The socket below the records. It takes every record that OpenSSL makes and keeps the part that
// the system does not take yet, so that OpenSSL never has to be asked twice for the same bytes.
class RecordSocket {
 public:
  explicit RecordSocket(UniqueFd fd) : fd_(std::move(fd)) {}

  // False when the socket is broken, or the peer makes us answer without ever reading.
  [[nodiscard]] bool send(std::string_view bytes);
  // Sends what is kept, as far as the socket takes it. False when it is broken.
  [[nodiscard]] bool flush();
  // As recv(2).
  ssize_t receive(std::span<char> into);
  // Once all is sent: FIN.
  void end();

  int fd() const { return fd_.get(); }
  bool has_unsent() const { return !unsent_.empty(); }
  // The peer's FIN was read.
  bool at_end() const { return at_end_; }
  // The peer's first byte begins a line of HTTP, not a TLS record.
  bool got_plain_text() const { return got_plain_text_; }

 private:
  std::optional<std::size_t> send_now(std::string_view bytes) const;
  void end_if_asked();

  const UniqueFd fd_;
  ByteBuffer unsent_;
  bool first_byte_seen_ = false;
  bool got_plain_text_ = false;
  bool at_end_ = false;
  bool ending_ = false;
};

// What a tick has to send is gathered into records of up to 16 KiB. Bytes that became a record
// count as written, also while a part of the record waits for the socket (has_unwritten()). Who
// speaks plain HTTP to us is told so, in plain HTTP.
class TlsTransport final : public Transport {
 public:
  TlsTransport(UniqueFd fd, const TlsContext& context, HandshakeBudget& budget);
  TlsTransport(const TlsTransport&) = delete;
  TlsTransport& operator=(const TlsTransport&) = delete;
  ~TlsTransport() override;

  IoResult read(std::span<char> into) override;
  IoResult write(std::span<const iovec> slices) override;
  void shutdown_write() override;
  int fd() const override { return socket_.fd(); }
  bool secure() const override { return true; }
  bool has_unread() const override { return has_unread_; }
  bool has_unwritten() const override { return socket_.has_unsent(); }
  bool awaits_peer() const override;

 private:
  enum class Stage : std::uint8_t {
    Handshake,
    Open,
    Refused,  // it spoke plain HTTP: it gets our answer and nothing else
    Broken,
  };
  struct FreeSsl {
    void operator()(ssl_st* ssl) const;
  };

  IoStatus shake_hands();
  void refuse_plain_http();
  IoStatus status_of(int result);
  std::size_t write_records(std::span<const iovec> slices);

  HandshakeBudget& budget_;
  RecordSocket socket_;
  std::unique_ptr<ssl_st, FreeSsl> ssl_;  // null if there was no memory for it
  Stage stage_ = Stage::Handshake;
  bool has_unread_ = false;
};

}  // namespace chatd::net
