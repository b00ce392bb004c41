#include "bench/inflate_cache.h"

#include <zlib.h>

#include <functional>
#include <stdexcept>

namespace chatd::bench {

namespace {

constexpr std::size_t kEntries = 1024;
constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;

}  // namespace

InflateCache::InflateCache() : stream_(std::make_unique<z_stream>()), entries_(kEntries) {
  if (inflateInit2(stream_.get(), -15) != Z_OK) throw std::runtime_error("zlib has no memory");
}

InflateCache::~InflateCache() { inflateEnd(stream_.get()); }

std::string_view InflateCache::inflate(std::string_view deflated) {
  Entry& entry = entries_[std::hash<std::string_view>{}(deflated) % kEntries];
  if (entry.deflated != deflated) {
    entry.deflated = deflated;
    if (!inflate_into(deflated, entry.text)) entry.text.clear();
  }
  return entry.text;
}

bool InflateCache::inflate_into(std::string_view deflated, std::string& text) {
  std::string input(deflated);
  input.append("\0\0\xFF\xFF", 4);
  text.resize(kMaxTextBytes);
  inflateReset(stream_.get());
  stream_->next_in = reinterpret_cast<Bytef*>(input.data());
  stream_->avail_in = static_cast<uInt>(input.size());
  stream_->next_out = reinterpret_cast<Bytef*>(text.data());
  stream_->avail_out = static_cast<uInt>(text.size());
  const int result = ::inflate(stream_.get(), Z_SYNC_FLUSH);
  text.resize(text.size() - stream_->avail_out);
  return result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR;
}

}  // namespace chatd::bench
