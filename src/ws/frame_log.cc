#include "ws/frame_log.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <utility>

namespace chatd::ws {

namespace {

// Chunks double from the first size to the second, so that a quiet room costs little and a busy one
// is read in few slices.
constexpr std::size_t kFirstChunkBytes = std::size_t{1} << 10;
constexpr std::size_t kChunkBytes = std::size_t{64} << 10;

}  // namespace

std::uint64_t FrameLog::append(std::string_view frame) {
  assert(!frame.empty() && frame.size() <= UINT32_MAX);
  if (chunks_.empty() || chunks_.back().capacity - chunks_.back().used < frame.size()) {
    add_chunk(frame.size());
  }
  Chunk& last = chunks_.back();
  std::memcpy(last.bytes.get() + last.used, frame.data(), frame.size());
  last.used += frame.size();
  last.frame_ends.push_back(static_cast<std::uint32_t>(last.used));
  head_ += frame.size();
  return head_;
}

void FrameLog::release_before(std::uint64_t offset) {
  assert(offset <= head_);
  while (!chunks_.empty() && chunks_.front().end() <= offset) drop_oldest();
  if (!chunks_.empty() || emptied_at_ == head_) return;
  spare_ = {};
  // What this burst took is what the next one gets in one piece.
  next_capacity_ = std::bit_ceil(static_cast<std::size_t>(head_ - emptied_at_));
  emptied_at_ = head_;
}

std::size_t FrameLog::slices(std::uint64_t from, std::uint64_t to, std::span<iovec> slices) const {
  assert(tail() <= from && from <= to && to <= head_);
  std::size_t filled = 0;
  if (from == to) return filled;
  for (std::size_t at = chunk_at(from); from < to && filled < slices.size(); ++at) {
    const Chunk& chunk = chunks_[at];
    const std::uint64_t end = std::min(to, chunk.end());
    slices[filled++] = {chunk.bytes.get() + (from - chunk.begin), end - from};
    from = end;
  }
  return filled;
}

std::uint64_t FrameLog::frame_end(std::uint64_t offset) const {
  assert(tail() <= offset && offset <= head_);
  if (offset == head_) return offset;
  const Chunk& chunk = chunks_[chunk_at(offset)];
  if (offset == chunk.begin) return offset;
  return chunk.begin + *std::ranges::lower_bound(chunk.frame_ends, offset - chunk.begin);
}

std::size_t FrameLog::bytes() const {
  std::size_t sum = spare_.capacity;
  for (const Chunk& chunk : chunks_) sum += chunk.capacity;
  return sum;
}

void FrameLog::add_chunk(std::size_t frame_bytes) {
  const std::size_t wanted = std::clamp(next_capacity_, kFirstChunkBytes, kChunkBytes);
  next_capacity_ = wanted * 2;
  const std::size_t capacity = std::max(std::min(wanted, largest_chunk()), frame_bytes);

  while (!chunks_.empty() && bytes() - spare_.capacity + capacity > cap_bytes_) drop_oldest();
  Chunk chunk = std::exchange(spare_, {});
  if (chunk.capacity < capacity) {
    chunk.bytes = std::make_unique_for_overwrite<char[]>(capacity);
    chunk.capacity = capacity;
  }
  chunk.begin = head_;
  chunks_.push_back(std::move(chunk));
}

void FrameLog::drop_oldest() {
  Chunk& oldest = chunks_.front();
  if (oldest.capacity <= largest_chunk()) {
    spare_ = std::move(oldest);
    spare_.used = 0;
    spare_.frame_ends.clear();
  }
  chunks_.erase(chunks_.begin());
}

// The largest that is made for small frames. The cap drops whole chunks, and the readers in them:
// so let it hold several.
std::size_t FrameLog::largest_chunk() const { return std::min(kChunkBytes, cap_bytes_ / 8); }

// The chunk with the byte at `offset`; nearly always that is the last one.
std::size_t FrameLog::chunk_at(std::uint64_t offset) const {
  if (offset >= chunks_.back().begin) return chunks_.size() - 1;
  const auto next = std::ranges::upper_bound(chunks_, offset, {}, &Chunk::begin);
  return static_cast<std::size_t>(next - chunks_.begin()) - 1;
}

}  // namespace chatd::ws
