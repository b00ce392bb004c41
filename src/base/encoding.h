#pragma once
// Bytes as text and back: base64 (RFC 4648), hexadecimal, percent-encoding (RFC 3986). Any thread.

#include <optional>
#include <string>
#include <string_view>

namespace chatd {

// Section 4's alphabet, with padding.
std::string base64_encode(std::string_view bytes);

// The strict inverse: padding required, no spaces, no stray bits. None if it is not what
// base64_encode could have written.
std::optional<std::string> base64_decode(std::string_view text);

// Lower-case.
std::string hex_encode(std::string_view bytes);

// Two digits of either case a byte. None for all else.
std::optional<std::string> hex_decode(std::string_view text);

enum class PlusSign { IsPlus, IsSpace };  // IsSpace: application/x-www-form-urlencoded

// %XX decoded. None where a % is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text, PlusSign plus = PlusSign::IsPlus);

// All but RFC 3986's unreserved characters as %XX.
std::string percent_encode(std::string_view bytes);

}  // namespace chatd
