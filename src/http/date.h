#pragma once
// Dates as HTTP writes them (RFC 9110, 5.6.7). Any thread.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace chatd::http {

// "Sun, 06 Nov 1994 08:49:37 GMT", whatever the locale.
std::string http_date(std::chrono::system_clock::time_point time);

// That, or one of the two forms of old: "Sunday, 06-Nov-94 08:49:37 GMT" and
// "Sun Nov  6 08:49:37 1994". None for what is no date.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

}  // namespace chatd::http
