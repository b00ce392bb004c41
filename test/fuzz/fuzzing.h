#pragma once
// What the fuzz targets share: promises that abort, and one input cut into pieces in two ways.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

namespace chatd::fuzz {

// Also where assert() is compiled out: libFuzzer keeps the input that aborts.
inline void require(bool promise, const char* what) {
  if (promise) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

// The input: its first byte chooses, and the rest is what is fed.
struct Input {
  Input(const std::uint8_t* data, std::size_t size)
      : choice(size > 0 ? data[0] : 0),
        bytes(reinterpret_cast<const char*>(data) + (size > 0 ? 1 : 0), size > 0 ? size - 1 : 0) {}

  bool chooses(unsigned bit) const { return (choice >> bit & 1) != 0; }

  std::uint8_t choice;
  std::string_view bytes;
};

// Pieces of 1 to 16 bytes and now and then of more, by a hash of what was before: the same input is
// always cut in the same places.
inline std::vector<std::string_view> cut(std::string_view bytes) {
  std::vector<std::string_view> pieces;
  std::uint32_t hash = 2166136261u;
  while (!bytes.empty()) {
    hash = (hash ^ static_cast<unsigned char>(bytes.front())) * 16777619u;
    const std::size_t wanted = (hash >> 28) == 0 ? 300 : 1 + (hash >> 12) % 16;
    const std::string_view piece = bytes.substr(0, wanted);
    pieces.push_back(piece);
    bytes.remove_prefix(piece.size());
  }
  return pieces;
}

}  // namespace chatd::fuzz
