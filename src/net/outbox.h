#pragma once
// Outbox: bytes that wait to be sent on one connection, as iovecs: small ones copied together,
// large ones by reference. Loop thread only; a member of its Connection. Empty, it is one pointer.

#include "base/shared_buffer.h"

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include <sys/uio.h>

namespace chatd::net {

class Outbox {
 public:
  void append(std::string_view bytes);
  void append(SharedBuffer bytes);
  // Puts a copy before all else; only while nothing of the first piece has been sent.
  void prepend(std::string_view bytes);

  // Fills `slices` from the front; returns how many were filled.
  std::size_t peek(std::span<iovec> slices) const;
  // Drops `count` (at most size()) from the front. Empty, all memory is given back.
  void advance(std::size_t count);
  void clear() { queue_.reset(); }

  std::size_t size() const { return queue_ ? queue_->size : 0; }
  bool empty() const { return queue_ == nullptr; }

 private:
  using Piece = std::variant<std::string, SharedBuffer>;
  struct Queue {
    std::deque<Piece> pieces;
    std::size_t sent_of_first = 0;
    std::size_t size = 0;
  };

  static std::string_view view(const Piece& piece);
  Queue& queue();

  std::unique_ptr<Queue> queue_;  // null while empty
};

}  // namespace chatd::net
