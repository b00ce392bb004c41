#include "http/range.h"

#include "base/text.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace chatd::http {

namespace {

// One beyond all that 64 bits can count is as good as the largest.
std::optional<std::uint64_t> position(std::string_view digits) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
  return to_number<std::uint64_t>(digits).value_or(std::numeric_limits<std::uint64_t>::max());
}

// "-500": the last 500 bytes.
RangeChoice suffix(std::string_view digits, std::uint64_t size) {
  const auto asked = position(digits);
  if (!asked) return WholeRange{};
  if (*asked == 0) return UnsatisfiableRange{};
  if (size == 0) return WholeRange{};
  const std::uint64_t bytes = std::min(*asked, size);
  return ByteRange{size - bytes, bytes};
}

// "0-499", "500-".
RangeChoice from_to(std::string_view from, std::string_view to, std::uint64_t size) {
  const auto first = position(from);
  const auto last = to.empty() ? std::numeric_limits<std::uint64_t>::max() : position(to);
  if (!first || !last || *last < *first) return WholeRange{};
  if (*first >= size) return UnsatisfiableRange{};
  return ByteRange{*first, std::min(*last, size - 1) - *first + 1};
}

}  // namespace

RangeChoice choose_range(const Headers& headers, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  const auto fields = headers.get_all("Range");
  if (fields.size() != 1) return WholeRange{};
  const std::string_view field = fields[0];
  if (!iequals(field.substr(0, kUnit.size()), kUnit)) return WholeRange{};
  const std::string_view range = trim(field.substr(kUnit.size()));
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos) return WholeRange{};
  const std::string_view to = range.substr(dash + 1);
  return dash == 0 ? suffix(to, size) : from_to(range.substr(0, dash), to, size);
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
  return "bytes " + std::to_string(range.first) + '-' +
         std::to_string(range.first + range.bytes - 1) + '/' + std::to_string(size);
}

}  // namespace chatd::http
