#pragma once
// FileSlice: a part of an open file, as the body of a response that is too large to be held in
// memory. A value; the Session sends it piece by piece.

#include "base/shared_buffer.h"
#include "base/unique_fd.h"

#include <cstdint>
#include <optional>

namespace chatd::http {

struct FileSlice {
  UniqueFd file;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

// The next bytes off its front, 64 KiB or what is left. None when the file has become shorter or
// cannot be read.
[[nodiscard]] std::optional<SharedBuffer> take_piece(FileSlice& slice);

}  // namespace chatd::http
