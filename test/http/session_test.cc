#include "http/session.h"

#include "http/serving.h"

#include <doctest/doctest.h>

#include <string>

namespace chatd::http {

namespace {

using Statuses = std::vector<std::string>;

}  // namespace

TEST_SUITE("http") {
  TEST_CASE("a request is answered, and the connection stays open") {
    Serving serving;
    CHECK(serving.exchange("GET /a HTTP/1.1\r\nHost: x\r\n\r\n") ==
          "HTTP/1.1 200 OK\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\nContent-Length: 6\r\n\r\nGET "
          "/a");
    CHECK(serving.ask("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab") ==
          "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nPOST /b");
    CHECK(serving.sink.requests[1].body == "ab");
    CHECK_FALSE(serving.finished());
  }

  TEST_CASE("a request that comes byte by byte is one request") {
    Serving serving;
    for (const char c : std::string("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab")) {
      CHECK(serving.peer->take().empty());
      serving.peer->send({&c, 1});
      serving.worker.tick();
    }
    CHECK(serving.ask("") == "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nPOST /b");
    CHECK(serving.sink.requests.size() == 1);
  }

  TEST_CASE("pipelined requests are answered in their order, in one write") {
    Serving serving;
    CHECK(serving.ask("GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
                      "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab"
                      "HEAD /c HTTP/1.1\r\nHost: x\r\n\r\n"
                      "GET /d HTTP/1.1\r\nHost: x\r\n\r\n") ==
          "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nGET /a"
          "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nPOST /b"
          "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"
          "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nGET /d");
    CHECK(serving.peer->writes == 1);
  }

  TEST_CASE("the connection ends when the client, the version or the response says so") {
    const auto ends = [](const std::string& bytes, bool response_closes) {
      Serving serving;
      serving.sink.answer = [&](const Request&) {
        Response response = plain_response(Status::Ok);
        if (response_closes) response.headers.add("Connection", "close");
        return response;
      };
      const std::string answer = serving.ask(bytes);
      const bool said = answer.find("Connection: close\r\n") != std::string::npos;
      CHECK(status_lines(answer).size() == 1);
      CHECK(said == serving.finished());
      return said;
    };
    CHECK_FALSE(ends("GET / HTTP/1.1\r\nHost: x\r\n\r\n", false));
    CHECK(ends("GET / HTTP/1.1\r\nHost: x\r\n\r\n", true));
    CHECK(ends("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\n", false));
    CHECK(ends("GET / HTTP/1.0\r\n\r\n", false));
  }

  TEST_CASE("HTTP/1.0 with keep-alive hears that it is kept alive") {
    Serving serving;
    CHECK(serving.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") ==
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nGET /");
    CHECK_FALSE(serving.finished());
  }

  TEST_CASE("what is no request is refused behind the answers before it, and ends the connection") {
    Serving serving;
    const std::string answer =
        serving.ask("GET /a HTTP/1.1\r\nHost: x\r\n\r\nBREW / HTTP/1.1\r\nHost: x\r\n\r\nGET /b");
    CHECK(answer ==
          "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nGET /a"
          "HTTP/1.1 501 Not Implemented\r\nContent-Type: text/plain; charset=utf-8\r\n"
          "Content-Length: 20\r\nConnection: close\r\n\r\n501 Not Implemented\n");
    CHECK(serving.finished());
    CHECK(serving.sink.requests.size() == 1);
  }

  TEST_CASE("a refused HEAD gets no body") {
    Serving serving;
    const std::string answer = serving.ask("HEAD / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n");
    CHECK(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"));
    CHECK(answer.ends_with("\r\n\r\n"));
  }

  TEST_CASE("a body that is too large is refused before it comes") {
    Serving serving({.max_body_bytes = 10});
    CHECK(status_lines(serving.ask("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                                   "Content-Length: 11\r\n\r\n")) == Statuses{"413"});
    CHECK(serving.finished());
    CHECK(serving.sink.heads.empty());
  }

  TEST_CASE("a client that waits is told to continue, once, and only before its body comes") {
    Serving serving;
    const std::string head =
        "POST /b HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    CHECK(serving.exchange(head) == "HTTP/1.1 100 Continue\r\n\r\n");
    CHECK(serving.exchange("a") == "");
    CHECK(status_lines(serving.ask("b")) == Statuses{"200"});
    CHECK(status_lines(serving.ask(head + "a")) == Statuses{});
    CHECK(status_lines(serving.ask("b")) == Statuses{"200"});
  }

  TEST_CASE("other expectations are refused") {
    Serving serving;
    CHECK(status_lines(serving.ask("GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n")) ==
          Statuses{"417"});
    CHECK(serving.finished());
  }

  TEST_CASE("the sink may refuse a head; the body is not read, and the connection ends") {
    Serving serving;
    serving.sink.head_answer = plain_response(Status::Forbidden);
    const std::string answer = serving.ask(
        "POST /b HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        "Content-Length: 27\r\n\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(status_lines(answer) == Statuses{"403"});
    CHECK(answer.find("Connection: close\r\n") != std::string::npos);
    CHECK(serving.finished());
    CHECK(serving.sink.requests.empty());
  }

  TEST_CASE("only heads that announce a body are shown to the sink beforehand") {
    Serving serving;
    serving.ask("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    serving.ask("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    CHECK(serving.sink.heads.empty());
    serving.ask("POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    CHECK(serving.sink.heads == std::vector<std::string>{"POST /c"});
  }

  TEST_CASE("a shared body is sent as it is") {
    Serving serving;
    serving.sink.answer = [](const Request&) {
      return Response{.body = SharedBuffer::of(std::string(100'000, 'x'))};
    };
    const std::string answer = serving.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(answer.ends_with("\r\n\r\n" + std::string(100'000, 'x')));
  }

  TEST_CASE("a peer that ends its direction gets its answers, then our end") {
    Serving serving;
    serving.peer->send("GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHo");
    serving.peer->end();
    serving.worker.settle();
    CHECK(status_lines(serving.peer->take()) == Statuses{"200"});
    CHECK(serving.peer->disconnected);
  }

  TEST_CASE("a peer that resets, or whose writes fail, is buried") {
    Serving reset;
    reset.ask("GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET");
    reset.peer->reset();
    reset.worker.settle();
    CHECK(reset.peer->disconnected);

    Serving failing;
    failing.peer->failing_write = 1;
    CHECK(failing.ask("GET /a HTTP/1.1\r\nHost: x\r\n\r\n") == "");
    CHECK(failing.peer->disconnected);
  }

  TEST_CASE("a shutdown ends idle connections at once, and others behind their response") {
    Serving idle;
    idle.ask("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    idle.worker.worker().connections().shut_down();
    idle.worker.settle();
    CHECK(idle.finished());

    Serving busy;
    busy.ask("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na");
    busy.worker.worker().connections().shut_down();
    busy.worker.settle();
    CHECK_FALSE(busy.finished());
    const std::string answer = busy.ask("b");
    CHECK(status_lines(answer) == Statuses{"200"});
    CHECK(answer.find("Connection: close\r\n") != std::string::npos);
    CHECK(busy.finished());
  }
}

}  // namespace chatd::http
