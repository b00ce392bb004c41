#pragma once
// What sits on a Connection: Protocol (http::Session, later ws::Session) and Feed (a shared log
// that many connections read). Both are called on the loop's thread only. One rule for all of net:
// a call down (send, close, …) never calls up before it returns.

#include <cstddef>
#include <cstdint>
#include <span>

#include <sys/uio.h>

namespace chatd::net {

class Connection;

// How a connection ended, as its last protocol is told.
enum class EndReason : std::uint8_t {
  Finished,  // we said finish() and all of it went out
  PeerGone,  // the peer reset, or closed before we were done
  Aborted,   // we said abort()
  TooSlow,   // its outbox outgrew the limit, or stood still too long after finish()
};

class Protocol {
 public:
  virtual ~Protocol() = default;

  // The first call. `connection` outlives the protocol.
  virtual void on_attach(Connection& connection) = 0;

  // Bytes arrived; they may be changed in place. Returns how many were taken. What is left is
  // offered again, in one piece with what arrives next, or when reading is resumed: a protocol that
  // says pause_reading() may leave whole messages untaken. A protocol that takes nothing more for
  // ever must end the connection: it is what bounds what is kept.
  virtual std::size_t on_data(std::span<char> bytes) = 0;

  // The peer has sent its last byte (FIN or close_notify), and on_data() has seen all of them.
  // Sending is still possible.
  virtual void on_end() = 0;

  // The outbox had output, and all of it has been given to the transport.
  virtual void on_drained() {}

  // The server goes away: say goodbye, then finish().
  virtual void on_shutdown() = 0;

  // The last call; the connection and this object are freed at the end of this tick. Not called for
  // a protocol that replace_protocol() put away.
  virtual void on_close(EndReason reason) = 0;
};

// Output that the connection does not own: it is asked for slices when the socket can take some,
// once wake() has said that there are any. Its bytes stay where they are until the connection has
// sent them.
class Feed {
 public:
  virtual ~Feed() = default;

  // Fills `slices` with the bytes to send next, in order; returns how many slices were filled. With
  // `Extent::Frame`, not beyond the end of the frame that is half sent.
  enum class Extent { All, Frame };
  virtual std::size_t peek(std::span<iovec> slices, Extent extent) const = 0;

  // That many bytes, from the front of what peek() showed, have been sent.
  virtual void advance(std::size_t bytes) = 0;

  // True where other bytes may be put in between: no frame is half sent.
  virtual bool at_boundary() const = 0;
};

}  // namespace chatd::net
