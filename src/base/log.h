#pragma once
// The one door to the log: levels, text or JSON lines on standard error, one event a line.
// Any thread. Say `log_info("close conn=%u code=%u", …)`: the event's name, then key=value.
// A value that a peer chose goes through quoted(). Cookies, tokens and what people say never go in.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace chatd {

enum class LogLevel { Debug, Info, Warn, Error, Off };
enum class LogFormat { Text, Json };

// "debug", "info", "warn", "error", "off".
std::optional<LogLevel> parse_log_level(std::string_view name);
// "text", "json".
std::optional<LogFormat> parse_log_format(std::string_view name);

// Before threads start. Until called: Info, Text.
void configure_log(LogLevel level, LogFormat format);

// While it lives, lines are written by a thread of their own, so that whoever reads standard error
// may stall and holds up nobody; lines that there is no room for are lost, and `log_lost` says how
// many. main has one; without it, each line is written before log_…() returns.
class LogThread {
 public:
  LogThread();
  ~LogThread();
  LogThread(const LogThread&) = delete;
  LogThread& operator=(const LogThread&) = delete;
};

// Before the process is ended by _exit() or abort(): writes what still waits, for a second at most.
void finish_log();

// Text that came from outside, made safe for one line: in double quotes, with control characters,
// quotes and backslashes escaped as in JSON, bytes that are no UTF-8 replaced, and cut after at
// most `limit` bytes, between two characters.
std::string quoted(std::string_view text, std::size_t limit = 128);
// For a std::string these are found before std::quoted, which comes with <iomanip>.
inline std::string quoted(const std::string& text, std::size_t limit = 128) {
  return quoted(std::string_view(text), limit);
}
inline std::string quoted(const char* text, std::size_t limit = 128) {
  return quoted(std::string_view(text), limit);
}

[[gnu::format(printf, 1, 2)]] void log_debug(const char* format, ...);
[[gnu::format(printf, 1, 2)]] void log_info(const char* format, ...);
[[gnu::format(printf, 1, 2)]] void log_warn(const char* format, ...);
[[gnu::format(printf, 1, 2)]] void log_error(const char* format, ...);

}  // namespace chatd
