// ws::Inflater and ws::Deflater: no bytes bring it down, cuts make no difference, and what was
// deflated comes back.

#include "fuzz/fuzzing.h"
#include "ws/deflate.h"

#include <array>
#include <optional>
#include <string>

namespace {

using namespace chatd;

constexpr std::size_t kEnough = 100'000;

int window_bits(const fuzz::Input& input) { return 9 + input.choice % 7; }
ws::Takeover takeover(const fuzz::Input& input) {
  return input.chooses(7) ? ws::Takeover::Yes : ws::Takeover::No;
}

// One message. None: it cannot be inflated, or comes to more than enough.
std::optional<std::string> inflate(ws::Inflater& inflater,
                                   const std::vector<std::string_view>& pieces) {
  std::string out;
  std::array<char, 777> bite;
  const auto drain = [&](std::string_view piece) {
    inflater.feed(piece);
    while (out.size() <= kEnough) {
      const auto count = inflater.read(bite);
      if (!count) return false;
      if (*count == 0) return true;
      fuzz::require(*count <= bite.size(), "no more than was asked for");
      out.append(bite.data(), *count);
    }
    return false;
  };
  for (const std::string_view piece : pieces) {
    if (!drain(piece)) return std::nullopt;
  }
  if (!drain(ws::Inflater::kEndOfMessage) || !inflater.end_message()) return std::nullopt;
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input(data, size);
  ws::Inflater whole(window_bits(input), takeover(input));
  ws::Inflater in_pieces(window_bits(input), takeover(input));
  const auto message = inflate(whole, {input.bytes});
  const auto other = inflate(in_pieces, fuzz::cut(input.bytes));
  // zlib forgives a sender that exceeds a small window, or not, by the cuts.
  const bool forgiven = window_bits(input) < ws::kMaxWindowBits && (!message || !other);
  fuzz::require(forgiven || message == other, "cuts make no difference");

  ws::Deflater deflater(window_bits(input), takeover(input));
  ws::Inflater inflater(window_bits(input), takeover(input));
  for (int round = 0; round < 2; ++round) {
    const std::string deflated = deflater.deflate(input.bytes);
    fuzz::require(inflate(inflater, {deflated}) == input.bytes, "what was deflated comes back");
  }
  return 0;
}
