#include "http/parser.h"

#include "http/parsing.h"

#include <doctest/doctest.h>

#include <string>

namespace chatd::http {

TEST_SUITE("http") {
  TEST_CASE("a request is read whole and in pieces") {
    CHECK(parse("GET /chat%20room?x=1 HTTP/1.1\r\nHost: a:80\r\nX-Empty:\r\nX-Space:  b c "
                "\t\r\n\r\n") == "GET /chat room?x=1 [Host: a:80] [X-Empty: ] [X-Space: b c]\n");
  }

  TEST_CASE("a body has the length that was announced, and pipelined requests follow each other") {
    CHECK(parse("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
                "GET /b HTTP/1.1\r\nHost: y\r\n\r\n"
                "POST /c HTTP/1.1\r\nHost: z\r\nContent-Length: 0\r\n\r\n"
                "HEAD /d HTTP/1.1\r\nHo") ==
          "POST /a [Host: x] [Content-Length: 5] {hello}\n"
          "GET /b [Host: y]\n"
          "POST /c [Host: z] [Content-Length: 0]\n"
          "partial\n");
  }

  TEST_CASE("chunks make a body; extensions and trailers are read and dropped") {
    CHECK(parse("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
                "5\r\nhello\r\n1;a;c=\"d e\"\r\n \r\n00A\r\n\r\n\r\n\r\nrld!\r\n"
                "0\r\nX-Trailer: y\r\nContent-Length: 7\r\n\r\n"
                "GET /b HTTP/1.1\r\nHost: y\r\n\r\n") ==
          "POST /a [Host: x] [Transfer-Encoding: Chunked] {hello \r\n\r\n\r\nrld!}\n"
          "GET /b [Host: y]\n");
  }

  TEST_CASE("empty lines before a request are skipped") {
    CHECK(parse("\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n\r\nGET / HTTP/1.0\r\n\r\n") ==
          "GET / [Host: x]\nGET /\n");
  }

  TEST_CASE("the bytes behind a request are left untaken, whatever they are") {
    const Limits limits;
    for (const std::string head :
         {"GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: upgrade\r\n"
          "Content-Length: 2\r\n\r\nab",
          "POST / HTTP/1.1\r\nHost: x\r\nUpgrade: a\r\nConnection: upgrade\r\n"
          "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"}) {
      CAPTURE(head);
      Parser parser(limits);
      const std::string bytes = head + std::string("\x81\x85\0\0\0\0hello", 11);
      Parser::Fed fed = parser.feed(bytes);
      std::size_t taken = fed.taken;
      if (fed.progress == Parser::Progress::Head) {
        fed = parser.feed(std::string_view(bytes).substr(taken));
        taken += fed.taken;
      }
      CHECK(fed.progress == Parser::Progress::Complete);
      CHECK(taken == head.size());
      static_cast<void>(parser.take());
      CHECK(parser.state() == Parser::State::Idle);
    }
  }

  TEST_CASE("a request that offers an upgrade is followed by others like any request") {
    CHECK(parse("POST /a HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: upgrade\r\n"
                "Content-Length: 2\r\n\r\nab"
                "GET /b HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n"
                "GET /c HTTP/1.1\r\nHost: x\r\n\r\n") ==
          "POST /a [Host: x] [Upgrade: h2c] [Connection: upgrade] [Content-Length: 2] {ab}\n"
          "GET /b [Host: x] [Upgrade: h2c] [Connection: upgrade]\n"
          "GET /c [Host: x]\n");
  }

  TEST_CASE("an absolute target says the host, whatever Host says") {
    CHECK(parse("GET http://chat.example/a?b HTTP/1.1\r\nX: y\r\nHost: evil\r\n\r\n") ==
          "GET /a?b [Host: chat.example] [X: y]\n");
    CHECK(parse("GET http://chat.example HTTP/1.0\r\n\r\n") == "GET / [Host: chat.example]\n");
    CHECK(parse("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n") == "OPTIONS * [Host: x]\n");
  }

  TEST_CASE("a connection stays open as version and Connection say") {
    const Limits limits;
    const auto keeps_alive = [&](const std::string& version, const std::string& connection) {
      Parser parser(limits);
      static_cast<void>(
          parser.feed("GET / HTTP/" + version + "\r\nHost: x\r\n" + connection + "\r\n"));
      return parser.take().keep_alive;
    };
    CHECK(keeps_alive("1.1", ""));
    CHECK_FALSE(keeps_alive("1.1", "Connection: x, Close\r\n"));
    CHECK_FALSE(keeps_alive("1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
    CHECK_FALSE(keeps_alive("1.0", ""));
    CHECK(keeps_alive("1.0", "Connection: Keep-Alive\r\n"));
    CHECK_FALSE(keeps_alive("1.0", "Connection: keep-alive, close\r\n"));
  }

  TEST_CASE("a head that announces a body is reported before the body") {
    const Limits limits;
    Parser parser(limits);
    CHECK(parser.state() == Parser::State::Idle);
    CHECK(parser.feed("PO").progress == Parser::Progress::Partial);
    CHECK(parser.state() == Parser::State::InHead);
    const std::string_view rest =
        "ST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\nab";
    const auto head = parser.feed(rest);
    CHECK(head.progress == Parser::Progress::Head);
    CHECK(head.taken == rest.size() - 2);
    CHECK(parser.state() == Parser::State::InBody);
    CHECK(parser.expects_continue());
    CHECK(parser.request().path == "/a");
    CHECK(parser.feed("a").progress == Parser::Progress::Partial);
    CHECK(parser.feed("b").progress == Parser::Progress::Complete);
    CHECK(parser.take().body == "ab");
    CHECK_FALSE(parser.expects_continue());
  }

  TEST_CASE("an expectation counts only in HTTP/1.1 and with a body") {
    const Limits limits;
    for (const std::string_view head :
         {"POST / HTTP/1.0\r\nExpect: 100-continue, other\r\nContent-Length: 2\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: x\r\nExpect:\r\nContent-Length: 2\r\n\r\n"}) {
      Parser parser(limits);
      CHECK(parser.feed(head).progress != Parser::Progress::Refused);
      CHECK_FALSE(parser.expects_continue());
    }
  }

  TEST_CASE("methods are as sent, also those of other trades") {
    CHECK(parse("M-SEARCH / HTTP/1.1\r\nHost: x\r\n\r\n") == "M-SEARCH / [Host: x]\n");
    CHECK(parse("PATCH / HTTP/1.1\r\nHost: x\r\n\r\n") == "PATCH / [Host: x]\n");
  }

  TEST_CASE("field values may have bytes above 127 and tabs") {
    CHECK(parse("GET / HTTP/1.1\r\nHost: x\r\nX: \xC3\xA9\tb\r\n\r\n") ==
          "GET / [Host: x] [X: \xC3\xA9\tb]\n");
  }
}

}  // namespace chatd::http
