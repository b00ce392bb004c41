#include "base/log.h"

#include "base/utf8.h"
#include "support/test_log.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>

#include <unistd.h>

namespace chatd {
namespace {

// Catches what goes to standard error while it lives, and turns the log back to what it is for
// tests.
class CaughtLog {
 public:
  CaughtLog(LogLevel level, LogFormat format) {
    std::fflush(stderr);
    dup2(fileno(file_), STDERR_FILENO);
    configure_log(level, format);
  }
  CaughtLog(const CaughtLog&) = delete;
  CaughtLog& operator=(const CaughtLog&) = delete;
  ~CaughtLog() {
    test::configure_test_log();
    dup2(real_stderr_, STDERR_FILENO);
    close(real_stderr_);
    std::fclose(file_);
  }

  // All that was written so far, and forgets it.
  std::string take() {
    std::fflush(stderr);
    std::string text;
    std::array<char, 4096> piece{};
    ssize_t count = 0;
    while ((count = pread(fileno(file_), piece.data(), piece.size(), read_)) > 0) {
      text.append(piece.data(), static_cast<std::size_t>(count));
      read_ += count;
    }
    return text;
  }

 private:
  std::FILE* file_ = std::tmpfile();
  int real_stderr_ = dup(STDERR_FILENO);
  off_t read_ = 0;
};

std::string random_text(std::minstd_rand& random, std::size_t size) {
  std::string text(size, '\0');
  for (char& c : text) {
    do c = static_cast<char>(random());
    while (c == '\0');
  }
  return text;
}

}  // namespace

TEST_SUITE("base") {
  TEST_CASE("names of log levels and formats are read, others are not") {
    CHECK(parse_log_level("warn") == LogLevel::Warn);
    CHECK(parse_log_level("off") == LogLevel::Off);
    CHECK_FALSE(parse_log_level("WARN").has_value());
    CHECK(parse_log_format("json") == LogFormat::Json);
    CHECK_FALSE(parse_log_format("").has_value());
  }

  TEST_CASE("quoted text cannot leave its line or its quotes") {
    CHECK(quoted("plain ä 昵") == "\"plain ä 昵\"");
    CHECK(quoted("a\"b\\c") == R"("a\"b\\c")");
    CHECK(quoted("a\nb\x1B[2J\x7F") == R"("a\u000ab\u001b[2J\u007f")");
    CHECK(quoted("\xC2\x9Bm\xC2\xA0") == "\"\\u009bm\xC2\xA0\"");
    CHECK(quoted(std::string_view("\0", 1)) == R"("\u0000")");
  }

  TEST_CASE("quoted text is cut between two characters") {
    CHECK(quoted("abcd", 4) == "\"abcd\"");
    CHECK(quoted("abcde", 4) == "\"abcd...\"");
    CHECK(quoted("abcä", 4) == "\"abc...\"");
    CHECK(quoted("ab昵", 4) == "\"ab...\"");
    CHECK(quoted("x", 0) == "\"...\"");
  }

  TEST_CASE("bytes that are no UTF-8 are replaced in quoted text") {
    CHECK(quoted("a\xFF"
                 "b") == "\"a\uFFFDb\"");
    CHECK(quoted("\xE6\x98") == "\"\uFFFD\uFFFD\"");
    CHECK(quoted("\xED\xA0\x80") == "\"\uFFFD\uFFFD\uFFFD\"");
  }

  TEST_CASE("quoted text is a JSON string, whatever is in it") {
    std::minstd_rand random(5);
    for (int round = 0; round < 2000; ++round) {
      const std::string text = quoted(random_text(random, random() % 40), random() % 40);
      CAPTURE(text);
      CHECK(nlohmann::json::parse(text, nullptr, false).is_string());
    }
  }

  TEST_CASE("an event is one line of text with its level") {
    CaughtLog log(LogLevel::Info, LogFormat::Text);
    log_info("close conn=%d why=%s", 7, quoted("a \"b\"").c_str());
    log_debug("unseen");
    log_warn("slipped in=%s", "a\nb");
    const std::string text = log.take();
    CHECK(text.find(" info close conn=7 why=\"a \\\"b\\\"\"\n") != std::string::npos);
    CHECK(text.find("unseen") == std::string::npos);
    CHECK(text.find("slipped in=a?b\n") != std::string::npos);
  }

  TEST_CASE("an event is a JSON object with its values by name") {
    CaughtLog log(LogLevel::Debug, LogFormat::Json);
    log_error("close conn=%d why=%s note=%s empty= last", 7, quoted("a \"b\" c=d\n").c_str(), "x");
    const auto line = nlohmann::json::parse(log.take());
    CHECK(line["event"] == "close");
    CHECK(line["level"] == "error");
    CHECK(line["conn"] == "7");
    CHECK(line["why"] == "a \"b\" c=d\n");
    CHECK(line["empty"] == "");
    CHECK(line.contains("time"));
  }

  TEST_CASE("a log line is JSON however it is cut or broken") {
    CaughtLog log(LogLevel::Info, LogFormat::Json);
    for (const std::string line :
         {"", " ", "=", "a =", "a b", "a \"=\"", "a k=\"open", "a k=\"x\"y=z", "a k=\"\\",
          "a k=\"\\q\"", "a k=\"\\u12\"", "a k=\"\xFF\"", "a\xE6\x98 k=\x80", "a  k=v  l=w",
          "a k=\"v\" \"l\"=w"}) {
      CAPTURE(line);
      log_info("%s", line.c_str());
      CHECK(nlohmann::json::parse(log.take(), nullptr, false).is_object());
    }
    for (std::size_t size = 2000; size < 2060; ++size) {
      log_info("cut k=%s", quoted(std::string(size, 'x') + "\"\n昵\"\n昵", 9999).c_str());
      CHECK(nlohmann::json::parse(log.take(), nullptr, false).is_object());
    }
  }

  TEST_CASE("a log line is JSON whatever bytes are in it") {
    CaughtLog log(LogLevel::Info, LogFormat::Json);
    std::minstd_rand random(9);
    for (int round = 0; round < 500; ++round) {
      const std::string raw = random_text(random, random() % 60);
      log_info("event k=\"%s\" l=%s m=%s", raw.c_str(), raw.c_str(), quoted(raw).c_str());
      const std::string text = log.take();
      CAPTURE(text);
      CHECK(nlohmann::json::parse(text, nullptr, false).is_object());
    }
  }

  TEST_CASE("nothing is written while the log is off") {
    CaughtLog log(LogLevel::Off, LogFormat::Json);
    log_error("unseen");
    CHECK(log.take().empty());
  }
}

}  // namespace chatd
