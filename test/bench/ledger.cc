#include "bench/ledger.h"

#include <algorithm>
#include <cstdio>

namespace chatd::bench {

namespace {

constexpr std::size_t kSpeakerDigits = 4;
constexpr std::size_t kNumberAt = kSpeakerDigits + 1;
constexpr std::size_t kNumberDigits = 8;

// Words with the redundancy of talk, so that deflating them is worth what it usually is; the same
// in each run.
std::string make_words(std::size_t bytes) {
  static constexpr std::string_view kWords[] = {
      "the ",   "of ",   "and ",    "room ",    "we ",     "say ",      "hello ",    "again ",
      "when ",  "you ",  "all ",    "morning ", "maybe ",  "tea ",      "tomorrow ", "yes ",
      "never ", "such ", "people ", "quick ",   "window ", "question ", "bright ",   "why "};
  std::string words = ":";
  std::uint64_t state = 20111;
  while (words.size() < bytes) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    words += kWords[(state >> 33) % std::size(kWords)];
  }
  words.resize(bytes);
  return words;
}

// -1 for what is no number.
std::int64_t number(std::string_view digits) {
  std::int64_t value = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return -1;
    value = value * 10 + (digit - '0');
  }
  return value;
}

}  // namespace

Ledger::Ledger(std::size_t members, std::size_t speakers, std::size_t prompt, std::size_t bytes)
    : members_(members),
      prompt_(prompt),
      words_(make_words(std::max(bytes, kLeastBytes) - kNumberAt - kNumberDigits)),
      speakers_(speakers),
      expected_(members * speakers),
      order_(members, 1) {}

std::string_view Ledger::say(std::size_t speaker, Clock::time_point intended) {
  Speaker& said = speakers_[speaker];
  char head[32];
  const int length = std::snprintf(head, sizeof head, "%04zu:%08u", speaker, said.next++);
  text_.assign(head, static_cast<std::size_t>(length));
  text_ += words_;
  const std::size_t ears = prompt_ - (speaker < prompt_ ? 1 : 0);
  said.waiting.push_back({intended, ears});
  ++in_flight_;
  ++said_;
  owed_ += members_ - 1;
  return text_;
}

void Ledger::hear(std::size_t listener, std::string_view text, Clock::time_point now) {
  const bool whole = text.size() == kNumberAt + kNumberDigits + words_.size() &&
                     text[kSpeakerDigits] == ':' &&
                     text.substr(kNumberAt + kNumberDigits) == words_;
  const std::int64_t speaker = whole ? number(text.substr(0, kSpeakerDigits)) : -1;
  const std::int64_t said = whole ? number(text.substr(kNumberAt, kNumberDigits)) : -1;
  if (speaker < 0 || said < 0 || static_cast<std::size_t>(speaker) >= speakers_.size() ||
      said >= speakers_[static_cast<std::size_t>(speaker)].next ||
      static_cast<std::size_t>(speaker) == listener) {
    ++faults_.malformed;
    return;
  }
  Speaker& author = speakers_[static_cast<std::size_t>(speaker)];
  const auto position = static_cast<std::uint32_t>(said);
  std::uint32_t& expected =
      expected_[listener * speakers_.size() + static_cast<std::size_t>(speaker)];
  if (position != expected && !is_news(listener, static_cast<std::size_t>(speaker), position)) {
    ++faults_.doubled;
    return;
  }
  expected = std::max(expected, position + 1);
  ++heard_;
  order_[listener] = (order_[listener] ^ static_cast<std::uint64_t>(speaker) << 32 ^ position) *
                     0x9E3779B97F4A7C15U;
  if (listener >= prompt_) return;

  const std::uint32_t first = author.next - static_cast<std::uint32_t>(author.waiting.size());
  if (position < first) return;
  Waiting& waiting = author.waiting[position - first];
  latency_.add(now - waiting.intended);
  --waiting.ears;
  while (!author.waiting.empty() && author.waiting.front().ears == 0) {
    author.waiting.pop_front();
    --in_flight_;
  }
}

// Not what comes next: it leaves a gap, closes one late, or has been heard before and is no news.
bool Ledger::is_news(std::size_t listener, std::size_t speaker, std::uint32_t number) {
  const auto key = [&](std::uint32_t of) {
    return std::pair{listener, std::uint64_t{speaker} << 32 | of};
  };
  const std::uint32_t expected = expected_[listener * speakers_.size() + speaker];
  for (std::uint32_t skipped = expected; skipped < number; ++skipped) missing_.insert(key(skipped));
  if (number > expected) return true;
  if (missing_.erase(key(number)) == 0) return false;
  ++faults_.out_of_order;
  return true;
}

Ledger::Faults Ledger::faults() const {
  Faults found = faults_;
  found.lost = missing_.size();
  for (std::size_t listener = 0; listener < members_; ++listener) {
    for (std::size_t speaker = 0; speaker < speakers_.size(); ++speaker) {
      if (speaker == listener) continue;
      found.lost += speakers_[speaker].next - expected_[listener * speakers_.size() + speaker];
    }
    // Speakers do not hear themselves, so only the others can be compared.
    if (listener > speakers_.size() && order_[listener] != order_[speakers_.size()]) {
      ++found.order_differs;
    }
  }
  return found;
}

}  // namespace chatd::bench
