#include "base/byte_buffer.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace chatd {

ByteBuffer::ByteBuffer(ByteBuffer&& other) noexcept { *this = std::move(other); }

ByteBuffer& ByteBuffer::operator=(ByteBuffer&& other) noexcept {
  bytes_ = std::move(other.bytes_);
  capacity_ = std::exchange(other.capacity_, 0);
  begin_ = std::exchange(other.begin_, 0);
  end_ = std::exchange(other.end_, 0);
  return *this;
}

void ByteBuffer::append(std::string_view bytes) {
  if (bytes.empty()) return;
  make_room(bytes.size());
  std::memcpy(bytes_.get() + end_, bytes.data(), bytes.size());
  end_ += bytes.size();
}

void ByteBuffer::consume(std::size_t count) {
  assert(count <= size());
  begin_ += count;
  if (begin_ < end_) return;
  bytes_.reset();
  capacity_ = begin_ = end_ = 0;
}

void ByteBuffer::make_room(std::size_t count) {
  if (capacity_ - end_ >= count) return;
  const std::size_t used = size();
  // Sliding is cheap only while less than half is in use; else a peer that sends byte by byte would
  // make us move the same bytes again and again.
  if (used <= capacity_ / 2 && capacity_ - used >= count) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, used);
  } else {
    const std::size_t capacity = std::max({std::size_t{256}, capacity_ * 2, used + count});
    std::unique_ptr<char[]> grown(new char[capacity]);
    if (used > 0) std::memcpy(grown.get(), bytes_.get() + begin_, used);
    bytes_ = std::move(grown);
    capacity_ = capacity;
  }
  begin_ = 0;
  end_ = used;
}

}  // namespace chatd
