#pragma once
// Deflater and Inflater: the payload of messages, compressed and back: RFC 7692, section 7.2. zlib
// is included in deflate.cc and nowhere else. Each is used by one thread at a time.

#include "base/result.h"
#include "ws/deflate_params.h"
#include "ws/frame.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace chatd::ws {

// A payload of a few words only grows when it is deflated by itself.
constexpr std::size_t kMinDeflatedPayload = 64;
constexpr bool is_worth_deflating(std::string_view payload) {
  return payload.size() >= kMinDeflatedPayload;
}

// Without takeover each message stands for itself, and can be sent to any number of clients.
class Deflater {
 public:
  // `window_bits` from kMinWindowBits to kMaxWindowBits.
  explicit Deflater(int window_bits = kMaxWindowBits, Takeover takeover = Takeover::No);
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater();

  // A message's payload, deflated. With takeover every result must be sent, in this order.
  std::string deflate(std::string_view payload);

  // Gives zlib's memory (some 150 KiB) back until the next deflate(). For use without takeover
  // only: with it, what later messages refer to would be gone.
  void release();

  Takeover takeover() const { return takeover_; }

 private:
  struct Stream;

  const int window_bits_;
  const Takeover takeover_;
  std::unique_ptr<Stream> stream_;  // null until the first message, and after release()
};

// A message's pieces go in by feed(), and come out by read() in bites of the caller's size, so that
// a small frame that inflates to gigabytes can be given up early. Without takeover it holds zlib's
// memory only within a message.
class Inflater {
 public:
  Inflater(int window_bits, Takeover takeover);
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater();

  // The next piece of a message; it must stay until read() has given 0. The end of the message is
  // fed as kEndOfMessage.
  void feed(std::string_view piece);
  // The number of bytes that were inflated into `into`; 0 when there are no more in what was fed.
  Result<std::size_t, Violation> read(std::span<char> into);
  // Once the end of the message has been fed and read: was it one?
  Result<void, Violation> end_message();

  // RFC 7692, 7.2.2: an empty block, which senders leave out.
  static constexpr std::string_view kEndOfMessage{"\x00\x00\xFF\xFF", 4};

 private:
  struct Stream;

  const int window_bits_;
  const Takeover takeover_;
  std::unique_ptr<Stream> stream_;  // null when there is nothing to remember
};

}  // namespace chatd::ws
