#include "ws/deflate.h"

#include <zlib.h>

#include <array>
#include <cassert>
#include <new>

namespace chatd::ws {

namespace {

// 1 is nearly as small as 6 on what people say, and takes half the time.
constexpr int kLevel = 1;
// zlib's least memory for good speed on short messages: 128 KiB for the window and 16 KiB besides.
constexpr int kMemoryLevel = 5;

// zlib's way to say "const", which it does not know.
Bytef* input(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

Failure<Violation> corrupt() {
  return Failure{Violation{CloseCode::InvalidPayload, "a message that cannot be inflated"}};
}

// Whether inflate(…, Z_BLOCK) stopped right behind a block: zlib says so in a bit of data_type.
bool behind_block(const z_stream& z) { return (z.data_type & 128) != 0; }

}  // namespace

struct Deflater::Stream {
  explicit Stream(int window_bits) {
    // Negative: raw deflate, without zlib's header.
    if (::deflateInit2(&z, kLevel, Z_DEFLATED, -window_bits, kMemoryLevel, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
      throw std::bad_alloc();
    }
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { ::deflateEnd(&z); }

  z_stream z{};
};

Deflater::Deflater(int window_bits, Takeover takeover)
    : window_bits_(window_bits), takeover_(takeover) {
  assert(window_bits >= kMinWindowBits && window_bits <= kMaxWindowBits);
}
Deflater::~Deflater() = default;

std::string Deflater::deflate(std::string_view payload) {
  if (!stream_) {
    stream_ = std::make_unique<Stream>(window_bits_);
  } else if (takeover_ == Takeover::No) {
    ::deflateReset(&stream_->z);
  }
  z_stream& z = stream_->z;
  z.next_in = input(payload);
  z.avail_in = static_cast<uInt>(payload.size());
  std::string out;
  do {
    std::array<char, 4096> chunk;
    z.next_out = reinterpret_cast<Bytef*>(chunk.data());
    z.avail_out = static_cast<uInt>(chunk.size());
    ::deflate(&z, Z_SYNC_FLUSH);
    out.append(chunk.data(), chunk.size() - z.avail_out);
  } while (z.avail_out == 0);
  // RFC 7692, 7.2.1: without the empty block at the end. An empty message flushes nothing a second
  // time, and is a block of its own (7.2.3.6).
  if (!out.ends_with(Inflater::kEndOfMessage)) return std::string(1, '\0');
  out.resize(out.size() - Inflater::kEndOfMessage.size());
  return out;
}

void Deflater::release() { stream_.reset(); }

struct Inflater::Stream {
  explicit Stream(int window_bits) {
    if (::inflateInit2(&z, -window_bits) != Z_OK) throw std::bad_alloc();
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { ::inflateEnd(&z); }

  z_stream z{};
};

// The window is at least zlib's smallest: a client whose zlib took 9 for 8 is understood too.
Inflater::Inflater(int window_bits, Takeover takeover)
    : window_bits_(window_bits < kMinWindowBits ? kMinWindowBits : window_bits),
      takeover_(takeover) {}
Inflater::~Inflater() = default;

void Inflater::feed(std::string_view piece) {
  if (!stream_) stream_ = std::make_unique<Stream>(window_bits_);
  assert(stream_->z.avail_in == 0);
  stream_->z.next_in = input(piece);
  stream_->z.avail_in = static_cast<uInt>(piece.size());
}

Result<std::size_t, Violation> Inflater::read(std::span<char> into) {
  z_stream& z = stream_->z;
  z.next_out = reinterpret_cast<Bytef*>(into.data());
  z.avail_out = static_cast<uInt>(into.size());
  while (z.avail_out > 0 && !(z.avail_in == 0 && behind_block(z))) {
    const int status = ::inflate(&z, Z_BLOCK);
    if (status == Z_BUF_ERROR) break;  // nothing left to do
    // 7.2.3.4: a sender may end its stream within a message, and begin another.
    if (status == Z_STREAM_END && ::inflateResetKeep(&z) == Z_OK) continue;
    if (status != Z_OK) return corrupt();
  }
  return into.size() - z.avail_out;
}

Result<void, Violation> Inflater::end_message() {
  const bool whole = behind_block(stream_->z);
  if (takeover_ == Takeover::No) stream_.reset();
  if (!whole) return corrupt();
  return {};
}

}  // namespace chatd::ws
