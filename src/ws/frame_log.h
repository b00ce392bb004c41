#pragma once
// FrameLog: what a worker has to send to the members of a room, encoded frames back to back, read
// by any number of cursors. Owned by the worker's Fanout and touched by its thread only.
//
//    chunk      chunk            chunk (the last one is appended to)
//   +-------+  +-------------+  +------------------ - - - - +
//   | frames|  | frames      |  | frames    | room for more |
//   +-------+  +-------------+  +------------------ - - - - +
//   tail()                                  head()

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <sys/uio.h>

namespace chatd::ws {

// A cursor is a number: the count of bytes that were appended before what it reads next. So a
// reader costs eight bytes, a delivery allocates nothing, and one that fell behind tail() is told
// by "<". Bytes stay where they are until they are dropped.
class FrameLog {
 public:
  // At most `cap_bytes` are held, or one frame, if that is larger.
  explicit FrameLog(std::size_t cap_bytes) : cap_bytes_(cap_bytes) {}
  FrameLog(const FrameLog&) = delete;
  FrameLog& operator=(const FrameLog&) = delete;

  // Adds one whole frame, below 4 GiB; returns the offset of its end. Over the cap, the oldest
  // chunks go: then tail() moves, and readers that were there have lost what they had not read.
  std::uint64_t append(std::string_view frame);

  // All readers have passed `offset` (at most head()): what lies wholly before it may go. At head()
  // the log gives all its memory back.
  void release_before(std::uint64_t offset);

  // Fills `slices` with the bytes of [from, to), in order, as far as there are slices; returns how
  // many were filled. tail() <= from <= to <= head().
  std::size_t slices(std::uint64_t from, std::uint64_t to, std::span<iovec> slices) const;

  // The smallest frame boundary at or behind `offset`, which lies between tail() and head().
  std::uint64_t frame_end(std::uint64_t offset) const;

  std::uint64_t tail() const { return chunks_.empty() ? head_ : chunks_.front().begin; }
  std::uint64_t head() const { return head_; }
  // The memory in chunks.
  std::size_t bytes() const;

 private:
  struct Chunk {
    std::uint64_t begin = 0;  // offset of its first byte
    std::size_t used = 0;
    std::size_t capacity = 0;
    std::unique_ptr<char[]> bytes;
    std::vector<std::uint32_t> frame_ends;  // counted from `begin`, ascending

    std::uint64_t end() const { return begin + used; }
  };

  void add_chunk(std::size_t frame_bytes);
  void drop_oldest();
  std::size_t largest_chunk() const;
  std::size_t chunk_at(std::uint64_t offset) const;

  const std::size_t cap_bytes_;
  std::uint64_t head_ = 0;
  std::vector<Chunk> chunks_;  // each begins where the one before it ends; none is empty
  Chunk spare_;                // one that was dropped, for reuse while there is something to read
  std::size_t next_capacity_ = 0;
  std::uint64_t emptied_at_ = 0;  // head(), when last there was nothing to read
};

}  // namespace chatd::ws
