#include "http/session.h"

#include "http/serving.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

// What the session does about peers that are slow or silent.

namespace chatd::http {

namespace {

using namespace std::chrono_literals;
using Statuses = std::vector<std::string>;

const std::string kGet = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

}  // namespace

TEST_SUITE("http") {
  TEST_CASE("an idle connection is closed without a word") {
    Serving fresh;
    fresh.worker.advance(59s);
    CHECK_FALSE(fresh.finished());
    fresh.worker.advance(2s);
    CHECK(fresh.finished());
    CHECK(fresh.peer->take() == "");

    Serving used;
    used.worker.advance(50s);
    used.ask(kGet);
    used.worker.advance(59s);
    CHECK_FALSE(used.finished());
    used.worker.advance(2s);
    CHECK(used.finished());
    CHECK(used.peer->take() == "");
  }

  TEST_CASE("a head that takes too long is answered 408, however it trickles") {
    Serving serving;
    serving.ask(kGet);
    serving.worker.advance(30s);
    for (const char c : std::string("GET / HTT")) {
      serving.peer->send({&c, 1});
      serving.worker.advance(1s);
      CHECK_FALSE(serving.finished());
    }
    serving.worker.advance(2s);
    CHECK(status_lines(serving.peer->take()) == Statuses{"408"});
    CHECK(serving.finished());
  }

  TEST_CASE("a body that takes too long is answered 408, however it trickles") {
    Serving serving;
    serving.ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n");
    for (int second = 0; second < 29; ++second) {
      serving.peer->send("a");
      serving.worker.advance(1s);
      CHECK_FALSE(serving.finished());
    }
    serving.worker.advance(2s);
    CHECK(status_lines(serving.peer->take()) == Statuses{"408"});
    CHECK(serving.finished());
  }

  TEST_CASE("each head has its own time, also a pipelined one") {
    Serving serving;
    serving.exchange("GET / HTTP/1.1\r\n");
    serving.worker.advance(9s);
    CHECK(status_lines(serving.exchange("Host: x\r\n\r\nGET / HTTP/1.1\r\n")) == Statuses{"200"});
    serving.worker.advance(9s);
    CHECK(serving.peer->take() == "");
    CHECK(status_lines(serving.exchange("Host: x\r\n\r\n")) == Statuses{"200"});
    serving.worker.advance(20s);
    CHECK_FALSE(serving.finished());
  }
}

}  // namespace chatd::http
