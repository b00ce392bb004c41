#include "net/tls_transport.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include <sys/socket.h>

namespace chatd::net {

namespace {

constexpr std::size_t kRecordBytes = std::size_t{16} << 10;  // RFC 8446, 5.1
// What one write() encrypts at most, so that a large file does not hold up the others.
constexpr std::size_t kBytesPerWrite = std::size_t{256} << 10;
// The rest of a record, the alerts and the answers to key updates that may wait for a peer.
constexpr std::size_t kUnsentBytes = std::size_t{64} << 10;
// So much of a plain request is read away, lest closing answers it with RST, which would overtake
// our own answer.
constexpr int kReadsOfPlainText = 8;

constexpr std::string_view kPlainHttpAnswer =
    "HTTP/1.1 400 Bad Request\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Length: 30\r\n"
    "Connection: close\r\n"
    "\r\n"
    "This port speaks TLS (https).\n";

// OpenSSL's way to a RecordSocket.

RecordSocket& socket_of(BIO* bio) { return *static_cast<RecordSocket*>(BIO_get_data(bio)); }

int bio_write(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  return socket_of(bio).send({bytes, static_cast<std::size_t>(size)}) ? size : -1;
}

int bio_read(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  RecordSocket& socket = socket_of(bio);
  const ssize_t count = socket.receive({into, static_cast<std::size_t>(size)});
  if (socket.got_plain_text()) return -1;
  if (count < 0 && errno == EAGAIN) BIO_set_retry_read(bio);
  return static_cast<int>(count);
}

long bio_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return socket_of(bio).at_end() ? 1 : 0;
  return 0;
}

struct FreeMethod {
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};
using MethodPointer = std::unique_ptr<BIO_METHOD, FreeMethod>;

MethodPointer make_method() {
  MethodPointer method(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "chatd socket"));
  if (method == nullptr) return nullptr;
  BIO_meth_set_write(method.get(), bio_write);
  BIO_meth_set_read(method.get(), bio_read);
  BIO_meth_set_ctrl(method.get(), bio_control);
  return method;
}

BIO* make_bio(RecordSocket& socket) {
  static const MethodPointer kMethod = make_method();
  BIO* bio = kMethod != nullptr ? BIO_new(kMethod.get()) : nullptr;
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, &socket);
  BIO_set_init(bio, 1);
  return bio;
}

std::string_view view(const iovec& slice) {
  return {static_cast<const char*>(slice.iov_base), slice.iov_len};
}

// Slices of which some bytes are taken from the front, a record's worth at a time.
class SliceReader {
 public:
  explicit SliceReader(std::span<const iovec> slices) : slices_(slices) { skip_empty(); }

  bool empty() const { return slices_.empty(); }

  // The next bytes, at most a record's: where they lie, if one slice has enough of them, else
  // gathered into `storage`.
  std::string_view next(std::span<char, kRecordBytes> storage) {
    const std::string_view front = view(slices_.front()).substr(offset_);
    if (front.size() >= kRecordBytes || slices_.size() == 1) {
      return take(std::min(front.size(), kRecordBytes));
    }
    std::size_t size = 0;
    while (!empty() && size < kRecordBytes) {
      const std::size_t room = kRecordBytes - size;
      const std::string_view piece = take(std::min(slices_.front().iov_len - offset_, room));
      std::memcpy(storage.data() + size, piece.data(), piece.size());
      size += piece.size();
    }
    return {storage.data(), size};
  }

 private:
  std::string_view take(std::size_t size) {
    const std::string_view taken = view(slices_.front()).substr(offset_, size);
    offset_ += size;
    skip_empty();
    return taken;
  }

  void skip_empty() {
    while (!slices_.empty() && slices_.front().iov_len == offset_) {
      slices_ = slices_.subspan(1);
      offset_ = 0;
    }
  }

  std::span<const iovec> slices_;
  std::size_t offset_ = 0;
};

std::size_t total(std::span<const iovec> slices) {
  std::size_t bytes = 0;
  for (const iovec& slice : slices) bytes += slice.iov_len;
  return bytes;
}

}  // namespace

bool RecordSocket::send(std::string_view bytes) {
  if (unsent_.size() > kUnsentBytes) return false;
  const auto sent = unsent_.empty() ? send_now(bytes) : std::optional<std::size_t>{0};
  if (!sent) return false;
  unsent_.append(bytes.substr(*sent));
  return true;
}

bool RecordSocket::flush() {
  if (unsent_.empty()) return true;
  const auto sent = send_now(unsent_.view());
  if (!sent) return false;
  unsent_.consume(*sent);
  if (unsent_.empty()) end_if_asked();
  return true;
}

// How many bytes the socket took; none when it is broken.
std::optional<std::size_t> RecordSocket::send_now(std::string_view bytes) const {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = ::send(fd_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno != EAGAIN) return std::nullopt;
    if (count < 0) break;
    sent += static_cast<std::size_t>(count);
  }
  return sent;
}

ssize_t RecordSocket::receive(std::span<char> into) {
  ssize_t count = 0;
  do {
    count = ::recv(fd_.get(), into.data(), into.size(), 0);
  } while (count < 0 && errno == EINTR);
  if (count == 0) at_end_ = true;
  if (count > 0 && !first_byte_seen_) {
    first_byte_seen_ = true;
    // A record of a handshake begins with 22 (RFC 8446, 5.1), a request with the name of its
    // method.
    got_plain_text_ = into[0] >= 'A' && into[0] <= 'Z';
  }
  return count;
}

void RecordSocket::end() {
  ending_ = true;
  if (unsent_.empty()) end_if_asked();
}

void RecordSocket::end_if_asked() {
  // It fails only when the peer has reset already, which the next read tells.
  if (ending_) static_cast<void>(::shutdown(fd_.get(), SHUT_WR));
}

TlsTransport::TlsTransport(UniqueFd fd, const TlsContext& context, HandshakeBudget& budget)
    : budget_(budget), socket_(std::move(fd)), ssl_(SSL_new(context.get())) {
  BIO* bio = ssl_ != nullptr ? make_bio(socket_) : nullptr;
  if (bio == nullptr) {
    stage_ = Stage::Broken;
    return;
  }
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_accept_state(ssl_.get());
}

TlsTransport::~TlsTransport() = default;

void TlsTransport::FreeSsl::operator()(SSL* ssl) const { SSL_free(ssl); }

bool TlsTransport::awaits_peer() const {
  return stage_ == Stage::Handshake && !socket_.has_unsent();
}

IoResult TlsTransport::read(std::span<char> into) {
  has_unread_ = false;
  if (stage_ == Stage::Handshake) {
    if (const IoStatus status = shake_hands(); status != IoStatus::Done) return {.status = status};
  }
  if (stage_ == Stage::Refused) return {.status = IoStatus::End};
  if (stage_ == Stage::Broken) return {.status = IoStatus::Failed};
  std::size_t size = 0;
  while (size < into.size()) {
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_read_ex(ssl_.get(), into.data() + size, into.size() - size, &count);
    if (result != 1) {
      const IoStatus status = status_of(result);
      if (size == 0) return {.status = status};
      has_unread_ = status != IoStatus::WouldBlock;  // an end, which is told next time
      return {.status = IoStatus::Done, .bytes = size};
    }
    size += count;
    if (SSL_has_pending(ssl_.get()) == 0) break;
  }
  has_unread_ = SSL_has_pending(ssl_.get()) != 0;
  return {.status = IoStatus::Done, .bytes = size};
}

IoResult TlsTransport::write(std::span<const iovec> slices) {
  if (stage_ == Stage::Broken || !socket_.flush()) return {.status = IoStatus::Failed};
  if (stage_ == Stage::Handshake) {
    const IoStatus status = shake_hands();
    if (status == IoStatus::Failed) return {.status = IoStatus::Failed};
    // With the end of the handshake may have come what read() is for.
    if (status == IoStatus::Done) has_unread_ = SSL_has_pending(ssl_.get()) != 0;
    if (stage_ == Stage::Handshake) return {.status = IoStatus::WouldBlock};
  }
  if (stage_ == Stage::Refused) return {.status = IoStatus::Done, .bytes = total(slices)};
  const std::size_t written = write_records(slices);
  if (stage_ == Stage::Broken) return {.status = IoStatus::Failed};
  if (written == 0 && !slices.empty()) return {.status = IoStatus::WouldBlock};
  return {.status = IoStatus::Done, .bytes = written};
}

// Returns how many bytes became records.
std::size_t TlsTransport::write_records(std::span<const iovec> slices) {
  std::array<char, kRecordBytes> storage;  // NOLINT: filled as far as it is read
  SliceReader reader(slices);
  std::size_t written = 0;
  while (!reader.empty() && !socket_.has_unsent() && written < kBytesPerWrite) {
    const std::string_view record = reader.next(storage);
    ERR_clear_error();
    std::size_t count = 0;
    if (SSL_write_ex(ssl_.get(), record.data(), record.size(), &count) != 1) {
      stage_ = Stage::Broken;
      break;
    }
    written += count;
  }
  return written;
}

void TlsTransport::shutdown_write() {
  if (stage_ == Stage::Open) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());  // close_notify; the peer's own is read like all else
  }
  socket_.end();
}

// Done once it is through.
IoStatus TlsTransport::shake_hands() {
  // What there is to read still lies in the socket, so epoll will tell again.
  if (!budget_.take()) return IoStatus::WouldBlock;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (socket_.got_plain_text()) {
    refuse_plain_http();
    return IoStatus::End;
  }
  if (result != 1) return status_of(result);
  stage_ = Stage::Open;
  return IoStatus::Done;
}

void TlsTransport::refuse_plain_http() {
  stage_ = Stage::Refused;
  std::array<char, 4096> thrown_away{};
  for (int i = 0; i < kReadsOfPlainText && socket_.receive(thrown_away) > 0; ++i) continue;
  if (!socket_.send(kPlainHttpAnswer)) stage_ = Stage::Broken;
  socket_.end();
}

IoStatus TlsTransport::status_of(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ: return IoStatus::WouldBlock;
    case SSL_ERROR_ZERO_RETURN: return IoStatus::End;
    default: break;
  }
  ERR_clear_error();
  stage_ = Stage::Broken;
  return IoStatus::Failed;
}

}  // namespace chatd::net
