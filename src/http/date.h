#pragma once
// Dates as HTTP writes them (RFC 9110, 5.6.7). Any thread.

#include <chrono>
#include <string>

namespace chatd::http {

// "Sun, 06 Nov 1994 08:49:37 GMT", whatever the locale.
std::string http_date(std::chrono::system_clock::time_point time);

}  // namespace chatd::http
