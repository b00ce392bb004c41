#pragma once
// The Range field (RFC 9110, 14.2): which part of a representation is asked for. Any thread.

#include "http/headers.h"

#include <cstdint>
#include <string>
#include <variant>

namespace chatd::http {

struct WholeRange {};
struct UnsatisfiableRange {};  // 416
struct ByteRange {             // 206
  std::uint64_t first = 0;
  std::uint64_t bytes = 0;
};
using RangeChoice = std::variant<WholeRange, ByteRange, UnsatisfiableRange>;

// Of a representation of `size` bytes. One range is given as asked; several are answered with the
// whole, as 14.2 allows and as spares us multipart/byteranges, and so is what is no byte range.
RangeChoice choose_range(const Headers& headers, std::uint64_t size);

// "bytes 0-499/1234".
std::string content_range(const ByteRange& range, std::uint64_t size);

}  // namespace chatd::http
