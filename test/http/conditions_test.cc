#include "http/conditions.h"

#include <doctest/doctest.h>

#include <chrono>
#include <initializer_list>
#include <string>

namespace chatd::http {
namespace {

constexpr const char* kBefore = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr const char* kDate = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr const char* kAfter = "Sun, 06 Nov 1994 08:49:38 GMT";
const Validators kState{"\"a\"", std::chrono::sys_seconds{std::chrono::seconds{784'111'777}}};

Request asking(std::initializer_list<Header> fields, const char* method = "GET") {
  Request request;
  request.method = method;
  for (const auto& [name, value] : fields) request.headers.add(name, value);
  return request;
}

// The status that it comes to.
int judged(std::initializer_list<Header> fields, const char* method = "GET") {
  switch (judge_conditions(asking(fields, method), kState)) {
    case Verdict::Serve: return 200;
    case Verdict::NotModified: return 304;
    case Verdict::Failed: return 412;
  }
  return 0;
}

}  // namespace

TEST_SUITE("http") {
  TEST_CASE("If-Match is compared strongly, and goes before If-Unmodified-Since") {
    CHECK(judged({}) == 200);
    CHECK(judged({{"If-Match", "\"a\""}}) == 200);
    CHECK(judged({{"If-Match", "\"b\", \"a\""}}) == 200);
    CHECK(judged({{"If-Match", "*"}}) == 200);
    CHECK(judged({{"If-Match", "\"b\""}}) == 412);
    CHECK(judged({{"If-Match", "W/\"a\""}}) == 412);
    CHECK(judged({{"If-Match", ""}}) == 412);
    CHECK(judged({{"If-Match", "\"a\""}, {"If-Unmodified-Since", kBefore}}) == 200);
    CHECK(judged({{"If-Unmodified-Since", kBefore}}) == 412);
    CHECK(judged({{"If-Unmodified-Since", kDate}}) == 200);
    CHECK(judged({{"If-Unmodified-Since", kAfter}}) == 200);
    CHECK(judged({{"If-Unmodified-Since", "yesterday"}}) == 200);
  }

  TEST_CASE("If-None-Match is compared weakly, and goes before If-Modified-Since") {
    CHECK(judged({{"If-None-Match", "\"a\""}}) == 304);
    CHECK(judged({{"If-None-Match", "W/\"a\""}}) == 304);
    CHECK(judged({{"If-None-Match", "*"}}) == 304);
    CHECK(judged({{"If-None-Match", "\"b\""}}) == 200);
    CHECK(judged({{"If-None-Match", "a"}}) == 200);
    CHECK(judged({{"If-None-Match", "\"b\""}, {"If-Modified-Since", kAfter}}) == 200);
    CHECK(judged({{"If-None-Match", "*"}}, "HEAD") == 304);
    CHECK(judged({{"If-None-Match", "*"}}, "PUT") == 412);
    CHECK(judged({{"If-Modified-Since", kBefore}}) == 200);
    CHECK(judged({{"If-Modified-Since", kDate}}) == 304);
    CHECK(judged({{"If-Modified-Since", kAfter}}) == 304);
    CHECK(judged({{"If-Modified-Since", kAfter}}, "POST") == 200);
    CHECK(judged({{"If-Modified-Since", "never"}}) == 200);
    CHECK(judged({{"If-Match", "\"b\""}, {"If-None-Match", "\"a\""}}) == 412);
  }

  TEST_CASE("a range is sent only of what the client has a part of") {
    const auto may = [](const char* value, const char* method = "GET") {
      return may_send_range(asking({{"If-Range", value}}, method), kState);
    };
    CHECK(may_send_range(asking({}), kState));
    CHECK(may("\"a\""));
    CHECK_FALSE(may("\"b\""));
    CHECK_FALSE(may("W/\"a\""));
    CHECK(may(kDate));
    CHECK_FALSE(may(kBefore));
    CHECK_FALSE(may(kAfter));
    CHECK_FALSE(may("a"));
    CHECK_FALSE(may(""));
    CHECK_FALSE(may_send_range(asking({}, "HEAD"), kState));
  }
}

}  // namespace chatd::http
