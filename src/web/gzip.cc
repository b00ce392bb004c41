#include "web/gzip.h"

#include <zlib.h>

#include <new>

namespace chatd::web {

std::string gzip(std::string_view text) {
  constexpr int kGzipFormat = 16;  // added to the window's bits
  constexpr int kMemoryLevel = 8;
  z_stream z{};
  if (::deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzipFormat, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string out(::deflateBound(&z, static_cast<uLong>(text.size())), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  ::deflate(&z, Z_FINISH);  // in one go: there is room for the worst case
  out.resize(out.size() - z.avail_out);
  ::deflateEnd(&z);
  return out;
}

}  // namespace chatd::web
