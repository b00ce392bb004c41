#include "base/shared_buffer.h"

#include <cstring>
#include <new>

namespace chatd {

SharedBuffer SharedBuffer::of(std::string_view first, std::string_view second) {
  const std::size_t size = first.size() + second.size();
  SharedBuffer buffer;
  if (size == 0) return buffer;
  void* memory = ::operator new(sizeof(Block) + size);
  buffer.block_ = ::new (memory) Block{.holders = 1, .size = size};
  char* bytes = reinterpret_cast<char*>(buffer.block_ + 1);
  if (!first.empty()) std::memcpy(bytes, first.data(), first.size());
  if (!second.empty()) std::memcpy(bytes + first.size(), second.data(), second.size());
  return buffer;
}

std::string_view SharedBuffer::view() const {
  if (block_ == nullptr) return {};
  return {reinterpret_cast<const char*>(block_ + 1), block_->size};
}

void SharedBuffer::retain() {
  // Relaxed: who copies already holds one, so the block cannot go away meanwhile.
  if (block_ != nullptr) block_->holders.fetch_add(1, std::memory_order_relaxed);
}

void SharedBuffer::drop() {
  if (block_ == nullptr) return;
  // Release what this holder read, and let the last one acquire it before the memory is given back.
  if (block_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    block_->~Block();
    ::operator delete(block_);
  }
  block_ = nullptr;
}

}  // namespace chatd
