#include "http/response.h"

#include "http/date.h"

#include <doctest/doctest.h>

#include <string>

namespace chatd::http {

namespace {

using std::chrono::seconds;
using std::chrono::system_clock;

constexpr system_clock::time_point kNow{seconds{784111777}};

std::string head_of(const Response& response, std::string_view method = "GET") {
  return print_head(response, {.method = method, .now = kNow});
}

bool has_line(const std::string& head, const std::string& line) {
  return head.find("\r\n" + line + "\r\n") != std::string::npos;
}

}  // namespace

TEST_SUITE("http") {
  TEST_CASE("a date is printed as RFC 9110 shows it") {
    CHECK(http_date(kNow) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(http_date(system_clock::time_point{seconds{0}}) == "Thu, 01 Jan 1970 00:00:00 GMT");
  }

  TEST_CASE("a head is printed whole") {
    const Response response = plain_response(Status::NotFound);
    CHECK(response.body_view() == "404 Not Found\n");
    CHECK(head_of(response) ==
          "HTTP/1.1 404 Not Found\r\n"
          "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
          "Content-Type: text/plain; charset=utf-8\r\n"
          "Content-Length: 14\r\n"
          "\r\n");
  }

  TEST_CASE("the date of a head follows the clock") {
    const Response response = plain_response(Status::Ok);
    CHECK(has_line(head_of(response), "Date: Sun, 06 Nov 1994 08:49:37 GMT"));
    CHECK(has_line(print_head(response, {.now = kNow + seconds{1}}),
                   "Date: Sun, 06 Nov 1994 08:49:38 GMT"));
    CHECK(has_line(head_of(response), "Date: Sun, 06 Nov 1994 08:49:37 GMT"));
  }

  TEST_CASE("connection options fit the client's version") {
    const Response response = plain_response(Status::Ok);
    const auto print = [&](int minor_version, bool keep_alive) {
      return print_head(response, {.minor_version = minor_version, .keep_alive = keep_alive});
    };
    CHECK(print(1, true).find("Connection") == std::string::npos);
    CHECK(has_line(print(1, false), "Connection: close"));
    CHECK(has_line(print(0, true), "Connection: keep-alive"));
    CHECK(has_line(print(0, false), "Connection: close"));
  }

  TEST_CASE("a handler's connection options stay, but not close and keep-alive") {
    Response response = plain_response(Status::UpgradeRequired);
    response.headers.add("Connection", "Upgrade, Keep-Alive, close");
    response.headers.add("Upgrade", "websocket");
    CHECK(has_line(head_of(response), "Connection: Upgrade"));
    CHECK(has_line(print_head(response, {.keep_alive = false}), "Connection: close, Upgrade"));
  }

  TEST_CASE("statuses without a body have none, and 1xx and 204 no length") {
    for (const Status status : {Status::Continue, Status::NoContent}) {
      Response response = plain_response(status);
      CHECK_FALSE(sends_body(response, "GET"));
      CHECK(head_of(response).find("Content-Length") == std::string::npos);
    }
    Response unchanged = plain_response(Status::NotModified);
    CHECK_FALSE(sends_body(unchanged, "GET"));
    CHECK(has_line(head_of(unchanged), "Content-Length: 17"));
    unchanged.body = "";
    CHECK(head_of(unchanged).find("Content-Length") == std::string::npos);
  }

  TEST_CASE("HEAD sends no body but keeps its length") {
    Response response = plain_response(Status::Ok);
    CHECK(sends_body(response, "GET"));
    CHECK_FALSE(sends_body(response, "HEAD"));
    CHECK(has_line(head_of(response, "HEAD"), "Content-Length: 7"));
    response.body = "";
    CHECK(has_line(head_of(response, "HEAD"), "Content-Length: 0"));
    response.headers.add("Content-Length", "1234");
    CHECK(has_line(head_of(response, "HEAD"), "Content-Length: 1234"));
    response.headers.set("Content-Length", "-1");
    CHECK(has_line(head_of(response, "HEAD"), "Content-Length: 0"));
  }

  TEST_CASE("length and coding that a handler claims give way to the truth") {
    Response response = plain_response(Status::Ok);
    response.headers.add("Content-Length", "99");
    response.headers.add("transfer-encoding", "chunked");
    response.headers.add("Date", "yesterday");
    const std::string head = head_of(response);
    CHECK(has_line(head, "Content-Length: 7"));
    CHECK(head.find("Content-Length: 99") == std::string::npos);
    CHECK(head.find("chunked") == std::string::npos);
    CHECK(head.find("yesterday") == std::string::npos);
  }

  TEST_CASE("a shared body counts as one of its own") {
    Response response;
    response.body = SharedBuffer::of("12345");
    CHECK(has_line(head_of(response), "Content-Length: 5"));
  }

  TEST_CASE("a field that could split the response is left out whole") {
    Response response;
    response.headers.add("Location", "/x\r\nSet-Cookie: a=1");
    response.headers.add("X-Lf", "a\nb");
    response.headers.add("X-Nul", std::string("a\0b", 3));
    response.headers.add("X-Bad: y\r\nZ", "1");
    response.headers.add("", "2");
    response.headers.add("Connection", "up\r\nEvil: 1");
    response.headers.add("X-Good", "kept");
    CHECK(head_of(response) ==
          "HTTP/1.1 200 OK\r\n"
          "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
          "X-Good: kept\r\n"
          "Content-Length: 0\r\n"
          "\r\n");
  }
}

}  // namespace chatd::http
