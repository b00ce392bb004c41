#pragma once
// Small questions about ASCII text. Locale plays no part. Any thread.

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chatd {

// Without spaces and tabs (RFC 9110's OWS) at both ends.
std::string_view trim(std::string_view text);

// The pieces between separators; an empty text is one empty piece.
std::vector<std::string_view> split(std::string_view text, char separator);

// Equal but for the case of A-Z.
bool iequals(std::string_view left, std::string_view right);

// A-Z made a-z; all else as it is.
std::string to_lower(std::string_view text);

// Decimal digits and nothing else, in the type's range; no sign, no space, no prefix.
template <std::unsigned_integral Number>
std::optional<Number> to_number(std::string_view digits) {
  Number number{};
  if (digits.empty() || digits.front() < '0' || digits.front() > '9') return std::nullopt;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

}  // namespace chatd
