#include "chat/nickname.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace chatd::chat {

namespace {

using CodePoint = utf8proc_int32_t;

// A nickname is short; what is longer than this is not even looked at.
constexpr std::size_t kMaxTypedBytes = 1024;

constexpr CodePoint kZeroWidthJoiner = 0x200D;  // holds emoji families together

// Blank though Unicode counts them among letters and symbols.
constexpr std::array<CodePoint, 5> kBlankGlyphs = {0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0};

std::optional<std::vector<CodePoint>> decode(std::string_view text) {
  std::vector<CodePoint> points;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto left = static_cast<utf8proc_ssize_t>(text.size());
  while (left > 0) {
    CodePoint point = 0;
    const utf8proc_ssize_t size = utf8proc_iterate(bytes, left, &point);
    if (size <= 0) return std::nullopt;
    points.push_back(point);
    bytes += size;
    left -= size;
  }
  return points;
}

std::string encode(const std::vector<CodePoint>& points) {
  std::string text;
  for (const CodePoint point : points) {
    std::array<utf8proc_uint8_t, 4> bytes{};
    const utf8proc_ssize_t size = utf8proc_encode_char(point, bytes.data());
    text.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
  }
  return text;
}

// Every kind of space: control characters that are white space among them, so that a name of tabs
// is empty rather than unprintable.
bool is_space(CodePoint point) {
  return utf8proc_category(point) == UTF8PROC_CATEGORY_ZS || (point >= 0x09 && point <= 0x0D);
}

bool is_printable(CodePoint point) {
  if (std::find(kBlankGlyphs.begin(), kBlankGlyphs.end(), point) != kBlankGlyphs.end()) {
    return false;
  }
  switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_CN:  // unassigned
    case UTF8PROC_CATEGORY_CC:  // control
    case UTF8PROC_CATEGORY_CS:  // surrogate
    case UTF8PROC_CATEGORY_CO:  // private use
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return false;
    case UTF8PROC_CATEGORY_CF: return point == kZeroWidthJoiner;  // bidi controls, zero widths
    default: return true;
  }
}

bool is_mark(CodePoint point) {
  const utf8proc_category_t category = utf8proc_category(point);
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
         category == UTF8PROC_CATEGORY_ME;
}

// One space for several, because a page shows them so; none at the ends.
void collapse_spaces(std::vector<CodePoint>& points) {
  const auto both_spaces = [](CodePoint a, CodePoint b) { return is_space(a) && is_space(b); };
  points.erase(std::unique(points.begin(), points.end(), both_spaces), points.end());
  if (!points.empty() && is_space(points.front())) points.erase(points.begin());
  if (!points.empty() && is_space(points.back())) points.pop_back();
}

// By its key, in which a full-width colon or tilde is a plain one: "Ana说:hi" is what Ana says, so
// it must be nobody's name, and "~~~" is the server's.
bool is_misleading(std::string_view key) {
  return key.find("说:") != std::string_view::npos || key.find("~~~") != std::string_view::npos;
}

// A name must begin with something that is seen by itself, and must not end in a joiner that would
// reach for the text behind it.
bool stands_alone(const std::vector<CodePoint>& points) {
  return !is_mark(points.front()) && points.front() != kZeroWidthJoiner &&
         points.back() != kZeroWidthJoiner;
}

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

std::optional<std::string> map(const std::string& text, int options) {
  utf8proc_uint8_t* mapped = nullptr;
  const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                             static_cast<utf8proc_ssize_t>(text.size()), &mapped,
                                             static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, Free> owned(mapped);
  if (size < 0) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size));
}

// Unicode's NFKC_Casefold: compatibility forms and letter case do not tell two people apart.
constexpr int kSameName =
    UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
constexpr int kComposed = UTF8PROC_STABLE | UTF8PROC_COMPOSE;

}  // namespace

Result<Nickname, NicknameFault> parse_nickname(std::string_view typed) {
  if (typed.size() > kMaxTypedBytes) return Failure{NicknameFault::TooLong};
  auto points = decode(typed);
  if (!points) return Failure{NicknameFault::Unprintable};
  collapse_spaces(*points);
  if (points->empty()) return Failure{NicknameFault::Empty};
  if (!std::all_of(points->begin(), points->end(), is_printable) || !stands_alone(*points)) {
    return Failure{NicknameFault::Unprintable};
  }
  const auto composed = map(encode(*points), kComposed);
  if (!composed) return Failure{NicknameFault::Unprintable};
  const auto shown = decode(*composed);
  if (!shown || shown->size() > kMaxNicknameCharacters) return Failure{NicknameFault::TooLong};
  auto key = map(*composed, kSameName);
  if (!key) return Failure{NicknameFault::Unprintable};
  if (is_misleading(*key)) return Failure{NicknameFault::Misleading};
  return Nickname{.text = *composed, .key = std::move(*key)};
}

}  // namespace chatd::chat
