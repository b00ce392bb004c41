#include "bench/inflate_cache.h"

#include <zlib.h>

#include <functional>
#include <stdexcept>

namespace chatd::bench {

namespace {

constexpr std::size_t kEntries = 1024;
constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;

}  // namespace

InflateCache::InflateCache()
    : stream_(std::make_unique<z_stream>()), room_(kMaxTextBytes), entries_(kEntries) {
  if (inflateInit2(stream_.get(), -15) != Z_OK) throw std::runtime_error("zlib has no memory");
}

InflateCache::~InflateCache() { inflateEnd(stream_.get()); }

std::string_view InflateCache::inflate(std::string_view deflated) {
  Entry& entry = entries_[std::hash<std::string_view>{}(deflated) % kEntries];
  if (entry.deflated != deflated) {
    entry.deflated = deflated;
    entry.text = inflate_anew(deflated);
  }
  return entry.text;
}

std::string_view InflateCache::inflate_anew(std::string_view deflated) {
  std::string input(deflated);
  input.append("\0\0\xFF\xFF", 4);
  inflateReset(stream_.get());
  stream_->next_in = reinterpret_cast<Bytef*>(input.data());
  stream_->avail_in = static_cast<uInt>(input.size());
  stream_->next_out = reinterpret_cast<Bytef*>(room_.data());
  stream_->avail_out = static_cast<uInt>(room_.size());
  const int result = ::inflate(stream_.get(), Z_SYNC_FLUSH);
  if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) return {};
  return {room_.data(), room_.size() - stream_->avail_out};
}

}  // namespace chatd::bench
