#include "base/log.h"

#include "base/log_writer.h"
#include "base/utf8.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <memory>
#include <mutex>

#include <unistd.h>

namespace chatd {

namespace {

// A longer line is cut.
constexpr std::size_t kLineBytes = 2048;
// What a reader who has stalled may hold up the end of the process.
constexpr std::chrono::seconds kPatience{1};

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::Debug: return spdlog::level::debug;
    case LogLevel::Info: return spdlog::level::info;
    case LogLevel::Warn: return spdlog::level::warn;
    case LogLevel::Error: return spdlog::level::err;
    case LogLevel::Off: break;
  }
  return spdlog::level::off;
}

// What stands for a byte that is no part of a character.
constexpr std::string_view kReplacement = "\uFFFD";

// The first character of a text that is not empty: one byte where the text is no UTF-8.
std::string_view first_character(std::string_view text) {
  Utf8Validator validator;
  for (std::size_t size = 1; size <= 4 && size <= text.size(); ++size) {
    if (!validator.feed(text.substr(size - 1, 1))) break;
    if (validator.complete()) return text.substr(0, size);
  }
  return text.substr(0, 1);
}

// U+0000 to U+001F and U+007F to U+009F: a terminal may take them for orders.
std::optional<unsigned> control_character(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (first < 0x20 || first == 0x7F) return first;
  const auto last = static_cast<unsigned char>(character.back());
  if (character.size() == 2 && first == 0xC2 && last < 0xA0) return last;
  return std::nullopt;
}

// Adds a character as it may stand in a JSON string.
void append_escaped(std::string& out, std::string_view character) {
  if (const auto control = control_character(character)) {
    std::array<char, 8> escaped{};
    std::snprintf(escaped.data(), escaped.size(), "\\u%04x", *control);
    out += escaped.data();
  } else if (character.size() == 1 && static_cast<unsigned char>(character[0]) >= 0x80) {
    out += kReplacement;
  } else {
    if (character == "\"" || character == "\\") out += '\\';
    out += character;
  }
}

// How long the escape at the front is, if it is one that quoted() writes; else 0.
std::size_t escape_size(std::string_view text) {
  if (text.starts_with("\\\\") || text.starts_with("\\\"")) return 2;
  if (!text.starts_with("\\u") || text.size() < 6) return 0;
  const auto digits = text.substr(2, 4);
  return digits.find_first_not_of("0123456789abcdef") == std::string_view::npos ? 6 : 0;
}

// The inside of a quoted value, with its escapes kept. One that quoted() did not make, or that lost
// its end when the line was cut, is mended.
std::string requoted(std::string_view inside) {
  std::string out = "\"";
  while (!inside.empty()) {
    const std::size_t escape = escape_size(inside);
    const std::string_view next = escape > 0 ? inside.substr(0, escape) : first_character(inside);
    if (escape > 0) {
      out += next;
    } else {
      append_escaped(out, next);
    }
    inside.remove_prefix(next.size());
  }
  return out + '"';
}

std::string json_string(std::string_view text) { return quoted(text, text.size()); }

// Takes the value off the front of `line`, and the quotes off a quoted one; returns it as JSON.
std::string take_value(std::string_view& line) {
  if (!line.starts_with('"')) {
    const std::string_view value = line.substr(0, line.find(' '));
    line.remove_prefix(value.size());
    return json_string(value);
  }
  line.remove_prefix(1);
  std::size_t end = 0;
  while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2u : 1u;
  const std::string_view inside = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return requoted(inside);
}

// `event key=value key="quoted value"` as the members of a JSON object. What follows without a key
// becomes a note.
std::string to_json_members(std::string_view line) {
  const std::string_view event = line.substr(0, line.find(' '));
  line.remove_prefix(event.size());
  std::string json = "\"event\":" + json_string(event);
  while (!line.empty()) {
    if (line.starts_with(' ')) line.remove_prefix(1);
    if (line.empty()) break;
    const std::size_t equals = line.find('=');
    const std::string_view key = equals == std::string_view::npos ? "note" : line.substr(0, equals);
    if (equals != std::string_view::npos) line.remove_prefix(equals + 1);
    json += "," + json_string(key) + ":";
    json += equals == std::string_view::npos ? json_string(line) : take_value(line);
    if (equals == std::string_view::npos) break;
  }
  return json;
}

// One event is one line, whatever slipped in without quoted().
std::string to_text(std::string_view line) {
  std::string text(line);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; }, '?');
  return text;
}

// Lines as the pattern has them, for the writer.
class WriterSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit WriterSink(LogWriter& writer) : writer_(writer) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    writer_.put({line.data(), line.size()});
  }
  void flush_() override {}

  LogWriter& writer_;
};

// Owns the logger; made on first use, then constant but for configure_log at start-up.
struct Log {
  LogWriter writer{STDERR_FILENO, [](std::size_t lines) { log_warn("log_lost lines=%zu", lines); }};
  std::shared_ptr<spdlog::logger> logger =
      std::make_shared<spdlog::logger>("chatd", std::make_shared<WriterSink>(writer));
  LogFormat format = LogFormat::Text;

  Log() { configure(LogLevel::Info, LogFormat::Text); }

  void configure(LogLevel level, LogFormat wanted) {
    format = wanted;
    logger->set_level(to_spdlog(level));
    logger->set_pattern(wanted == LogFormat::Text
                            ? "%Y-%m-%dT%H:%M:%S.%f%z %l %v"
                            : R"({"time":"%Y-%m-%dT%H:%M:%S.%f%z","level":"%l",%v})");
  }
};

Log& the_log() {
  static Log log;
  return log;
}

void write(LogLevel level, const char* format, std::va_list arguments) {
  Log& log = the_log();
  if (!log.logger->should_log(to_spdlog(level))) return;
  std::array<char, kLineBytes> line{};
  if (std::vsnprintf(line.data(), line.size(), format, arguments) < 0) return;
  const std::string_view text(line.data());
  const std::string shown = log.format == LogFormat::Json ? to_json_members(text) : to_text(text);
  log.logger->log(to_spdlog(level), spdlog::string_view_t(shown.data(), shown.size()));
}

}  // namespace

std::optional<LogLevel> parse_log_level(std::string_view name) {
  if (name == "debug") return LogLevel::Debug;
  if (name == "info") return LogLevel::Info;
  if (name == "warn") return LogLevel::Warn;
  if (name == "error") return LogLevel::Error;
  if (name == "off") return LogLevel::Off;
  return std::nullopt;
}

std::optional<LogFormat> parse_log_format(std::string_view name) {
  if (name == "text") return LogFormat::Text;
  if (name == "json") return LogFormat::Json;
  return std::nullopt;
}

void configure_log(LogLevel level, LogFormat format) { the_log().configure(level, format); }

LogThread::LogThread() { the_log().writer.start(); }

LogThread::~LogThread() { finish_log(); }

void finish_log() { the_log().writer.stop(kPatience); }

std::string quoted(std::string_view text, std::size_t limit) {
  std::string out = "\"";
  std::size_t at = 0;
  while (at < text.size()) {
    const std::string_view character = first_character(text.substr(at));
    if (at + character.size() > limit) break;
    append_escaped(out, character);
    at += character.size();
  }
  if (at < text.size()) out += "...";
  return out + '"';
}

#define CHATD_LOG_AT(level)        \
  std::va_list arguments;          \
  va_start(arguments, format);     \
  write(level, format, arguments); \
  va_end(arguments)

void log_debug(const char* format, ...) { CHATD_LOG_AT(LogLevel::Debug); }
void log_info(const char* format, ...) { CHATD_LOG_AT(LogLevel::Info); }
void log_warn(const char* format, ...) { CHATD_LOG_AT(LogLevel::Warn); }
void log_error(const char* format, ...) { CHATD_LOG_AT(LogLevel::Error); }

#undef CHATD_LOG_AT

}  // namespace chatd
