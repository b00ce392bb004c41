// codec: what it takes to read and to write frames. Without arguments it prints times, as a table;
// with a case it runs that alone, for scripts/count_instructions.py to count.
//
// usage: codec [--list | --compiler | CASE ITERATIONS]

#include "base/text.h"
#include "base/utf8.h"
#include "ws/client_frame.h"
#include "ws/frame.h"
#include "ws/frame_decoder.h"
#include "ws/frame_log.h"
#include "ws/message_assembler.h"
#include "ws/prepared_message.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace chatd;
using Clock = std::chrono::steady_clock;

// Another compiler makes other instructions.
#ifdef __clang__
constexpr std::string_view kCompiler = __VERSION__;
#else
constexpr std::string_view kCompiler = "g++ " __VERSION__;
#endif

constexpr std::size_t kSmall = 64;
constexpr std::size_t kLarge = std::size_t{16} << 10;
constexpr std::size_t kMaxMessageBytes = std::size_t{64} << 10;
constexpr std::size_t kLogBytes = std::size_t{4} << 20;

// What is measured has a result, and a wrong one is not worth measuring.
void require(bool good) {
  if (good) return;
  std::fputs("codec: a wrong result\n", stderr);
  std::abort();
}

// The text again and again, and ASCII where it does not fit any more.
std::string filled_with(std::string_view text, std::size_t bytes) {
  std::string out;
  while (out.size() + text.size() <= bytes) out += text;
  out.resize(bytes, '.');
  return out;
}

void unmask(std::size_t bytes, std::size_t iterations) {
  std::string payload(bytes, 'x');
  for (std::size_t i = 0; i < iterations; ++i) ws::unmask(payload, {0x37, 0xFA, 0x21, 0x3D});
  require(iterations % 2 == 1 || payload == std::string(bytes, 'x'));
}

void check_utf8(std::string_view of, std::size_t iterations) {
  const std::string text = filled_with(of, kLarge);
  for (std::size_t i = 0; i < iterations; ++i) require(is_valid_utf8(text));
}

// A frame is unmasked where it lies, so each begins as a copy, which is what a read() makes.
void decode(std::size_t iterations) {
  const std::string frame = ws::client_text(filled_with("hello ", kSmall));
  std::array<char, 2 * kSmall> inbox{};
  ws::FrameDecoder decoder(kMaxMessageBytes);
  ws::MessageAssembler assembler(kMaxMessageBytes);
  for (std::size_t i = 0; i < iterations; ++i) {
    std::memcpy(inbox.data(), frame.data(), frame.size());
    std::span<char> bytes(inbox.data(), frame.size());
    const auto piece = decoder.next(bytes);
    require(piece && *piece);
    const auto message = assembler.add(**piece);
    require(message && *message && (*message)->payload.size() == kSmall);
  }
}

void prepare(std::size_t iterations) {
  const std::string text = filled_with("hello ", kSmall);
  for (std::size_t i = 0; i < iterations; ++i) {
    require(ws::PreparedMessage::text(text).frame().size() == kSmall + 2);
  }
}

// A tick with one message, for a listener who keeps up.
void deliver(std::size_t iterations) {
  const auto message = ws::PreparedMessage::text(filled_with("hello ", kSmall));
  ws::FrameLog log(kLogBytes);
  std::uint64_t cursor = 0;
  for (std::size_t i = 0; i < iterations; ++i) {
    const std::uint64_t end = log.append(message.frame().view());
    std::array<iovec, 2> slices;  // NOLINT: the log fills it
    require(log.slices(cursor, end, slices) == 1 && slices[0].iov_len == kSmall + 2);
    cursor = end;
    log.release_before(cursor);
  }
}

struct Case {
  std::string_view name;
  std::size_t bytes;  // that each iteration goes through
  void (*run)(std::size_t iterations);
};

constexpr Case kCases[] = {
    {"unmask-64", kSmall, [](std::size_t iterations) { unmask(kSmall, iterations); }},
    {"unmask-16k", kLarge, [](std::size_t iterations) { unmask(kLarge, iterations); }},
    {"utf8-ascii-16k", kLarge, [](std::size_t iterations) { check_utf8("hello ", iterations); }},
    {"utf8-chinese-16k", kLarge,
     [](std::size_t iterations) { check_utf8("你好，世界。", iterations); }},
    {"decode-64", kSmall, decode},
    {"prepare-64", kSmall, prepare},
    {"deliver-64", kSmall, deliver},
};

// The best of several rounds: others on the machine can only make it slower.
double nanoseconds_each(const Case& measured) {
  constexpr std::chrono::milliseconds kRound{20};
  constexpr int kRounds = 5;
  std::size_t iterations = 1;
  double best = 0;
  for (int round = 0; round < kRounds;) {
    const auto begin = Clock::now();
    measured.run(iterations);
    const std::chrono::duration<double, std::nano> took = Clock::now() - begin;
    if (took < kRound) {
      iterations *= 2;
      continue;
    }
    const double each = took.count() / static_cast<double>(iterations);
    best = round == 0 ? each : std::min(best, each);
    ++round;
  }
  return best;
}

void print_times() {
  std::printf("%-18s %10s %10s\n", "", "ns each", "GB/s");
  for (const Case& each : kCases) {
    const double nanoseconds = nanoseconds_each(each);
    std::printf("%-18s %10.1f %10.2f\n", each.name.data(), nanoseconds,
                static_cast<double>(each.bytes) / nanoseconds);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 1) {
    print_times();
    return 0;
  }
  const std::string_view wanted = argv[1];
  if (argc == 2 && wanted == "--list") {
    for (const Case& each : kCases) std::puts(each.name.data());
    return 0;
  }
  if (argc == 2 && wanted == "--compiler") {
    std::puts(kCompiler.data());
    return 0;
  }
  const auto* const found = std::ranges::find(kCases, wanted, &Case::name);
  const auto iterations = argc == 3 ? to_number<std::size_t>(argv[2]) : std::nullopt;
  if (found == std::end(kCases) || !iterations) {
    std::fputs("usage: codec [--list | --compiler | CASE ITERATIONS]\n", stderr);
    return 2;
  }
  found->run(*iterations);
}
