#pragma once
// SharedBuffer: immutable bytes that many hold. One allocation for count and bytes; copying it is
// one atomic increment. Any thread may hold, copy and drop one; nobody can change what is in it.

#include <atomic>
#include <cstddef>
#include <string_view>
#include <utility>

namespace chatd {

class SharedBuffer {
 public:
  // Empty; owns nothing.
  SharedBuffer() = default;

  // The parts, one behind the other, copied once.
  static SharedBuffer of(std::string_view first, std::string_view second = {});

  SharedBuffer(const SharedBuffer& other) : block_(other.block_) { retain(); }
  SharedBuffer(SharedBuffer&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  SharedBuffer& operator=(SharedBuffer other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~SharedBuffer() { drop(); }

  std::string_view view() const;
  std::size_t size() const { return view().size(); }
  bool empty() const { return block_ == nullptr; }

 private:
  struct Block {
    std::atomic<std::size_t> holders;
    std::size_t size;
  };  // the bytes follow

  void retain();
  void drop();

  Block* block_ = nullptr;
};

}  // namespace chatd
