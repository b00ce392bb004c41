#include "http/date.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <vector>

namespace chatd::http {

namespace {

constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// What stands between spaces, commas, dashes and colons.
std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view kSeparators = " ,-:";
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(kSeparators), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

bool is_day(std::string_view word) {
  return std::any_of(kDays.begin(), kDays.end(),
                     [word](std::string_view day) { return word.starts_with(day); });
}

// From 1; 0 for what is none.
unsigned month_of(std::string_view word) {
  const auto* const found = std::find(kMonths.begin(), kMonths.end(), word);
  return found == kMonths.end() ? 0 : static_cast<unsigned>(found - kMonths.begin()) + 1;
}

// Two digits, as of old, mean a year from 1970 on.
std::optional<int> year_of(std::string_view word) {
  const auto number = to_number<std::uint16_t>(word);
  if (!number || (word.size() != 2 && word.size() != 4)) return std::nullopt;
  if (word.size() == 4) return *number;
  return *number < 70 ? 2000 + *number : 1900 + *number;
}

}  // namespace

std::string http_date(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                utc.tm_min, utc.tm_sec);
  return text.data();
}

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  constexpr std::size_t kMaxDateBytes = 40;
  if (text.size() > kMaxDateBytes) return std::nullopt;
  auto words = words_of(text);
  // asctime's order made that of the others.
  if (words.size() == 7) {
    words = {words[0], words[2], words[1], words[6], words[3], words[4], words[5], "GMT"};
  }
  if (words.size() != 8 || !is_day(words[0]) || words[7] != "GMT") return std::nullopt;
  const auto year = year_of(words[3]);
  const auto day = to_number<std::uint8_t>(words[1]);
  const auto hour = to_number<std::uint8_t>(words[4]);
  const auto minute = to_number<std::uint8_t>(words[5]);
  const auto second = to_number<std::uint8_t>(words[6]);
  if (!year || !day || !hour || !minute || !second) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 60) return std::nullopt;  // 60: a leap second
  const std::chrono::year_month_day date{
      std::chrono::year{*year}, std::chrono::month{month_of(words[2])}, std::chrono::day{*day}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
         std::chrono::seconds{*second};
}

}  // namespace chatd::http
