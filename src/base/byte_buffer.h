#pragma once
// ByteBuffer: bytes come in at the back and are consumed at the front. Empty, it holds no memory,
// so that an idle connection costs none. Not shared between threads.

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace chatd {

class ByteBuffer {
 public:
  ByteBuffer() = default;
  ByteBuffer(ByteBuffer&& other) noexcept;
  ByteBuffer& operator=(ByteBuffer&& other) noexcept;
  ByteBuffer(const ByteBuffer&) = delete;
  ByteBuffer& operator=(const ByteBuffer&) = delete;
  ~ByteBuffer() = default;

  // Adds a copy at the back. Invalidates what data() gave.
  void append(std::string_view bytes);

  // Drops `count` (at most size()) from the front; the last byte gone gives the memory back.
  void consume(std::size_t count);

  void clear() { consume(size()); }

  // The bytes, in one piece; writable, because a frame is unmasked where it lies.
  std::span<char> data() { return {bytes_.get() + begin_, size()}; }
  std::string_view view() const { return {bytes_.get() + begin_, size()}; }

  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }

 private:
  void make_room(std::size_t count);

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace chatd
