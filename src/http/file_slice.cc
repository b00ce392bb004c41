#include "http/file_slice.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>

#include <unistd.h>

namespace chatd::http {

std::optional<SharedBuffer> take_piece(FileSlice& slice) {
  constexpr std::size_t kPieceBytes = std::size_t{64} << 10;
  std::array<char, kPieceBytes> storage;  // NOLINT: filled as far as it is read
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(slice.bytes, kPieceBytes));
  ssize_t count = 0;
  do {
    count = ::pread(slice.file.get(), storage.data(), wanted, static_cast<off_t>(slice.offset));
  } while (count < 0 && errno == EINTR);
  if (count <= 0) return std::nullopt;
  const auto taken = static_cast<std::size_t>(count);
  slice.offset += taken;
  slice.bytes -= taken;
  return SharedBuffer::of({storage.data(), taken});
}

}  // namespace chatd::http
