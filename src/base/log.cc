#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <memory>

namespace chatd {

namespace {

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

// `event key=value key="quoted value"` as the members of a JSON object. quoted() escapes as JSON
// does, so a quoted value is taken over as it stands.
std::string to_json_members(std::string_view line) {
  const auto event_end = line.find(' ');
  std::string json = "\"event\":" + quoted(line.substr(0, event_end), line.size());
  std::size_t at = event_end;
  while (at != std::string_view::npos && at < line.size()) {
    ++at;  // the space
    const auto equals = line.find('=', at);
    if (equals == std::string_view::npos) {
      json += ",\"note\":" + quoted(line.substr(at), line.size());
      break;
    }
    std::size_t end = equals + 1;
    const bool is_quoted = end < line.size() && line[end] == '"';
    if (is_quoted) {
      for (++end; end < line.size() && line[end] != '"'; ++end) end += line[end] == '\\' ? 1u : 0u;
      end = end < line.size() ? end + 1 : line.size();
    } else {
      end = line.find(' ', end);
    }
    const std::string_view value = line.substr(equals + 1, end - equals - 1);
    json += "," + quoted(line.substr(at, equals - at), line.size()) + ":";
    json += is_quoted ? std::string(value) : quoted(value, line.size());
    at = end;
  }
  return json;
}

// Owns the logger; made on first use, then constant but for configure_log at start-up.
struct Log {
  std::shared_ptr<spdlog::logger> logger =
      std::make_shared<spdlog::logger>("chatd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
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
  std::array<char, 2048> line{};
  const int length = std::vsnprintf(line.data(), line.size(), format, arguments);
  if (length < 0) return;
  const std::string_view text(line.data());
  const std::string shown =
      log.format == LogFormat::Json ? to_json_members(text) : std::string(text);
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

std::string quoted(std::string_view text, std::size_t limit) {
  std::string out = "\"";
  for (const char c : text.substr(0, limit)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      std::array<char, 8> escaped{};
      std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(byte));
      out += escaped.data();
    } else {
      out += c;
    }
  }
  if (text.size() > limit) out += "...";
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
