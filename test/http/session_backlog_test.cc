#include "http/session.h"

#include "http/serving.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

// What the session does about peers that ask and do not read.

namespace chatd::http {

namespace {

using namespace std::chrono_literals;

const std::string kGet = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

// Answers with 50 kB, and its peer does not read.
struct Stuffed : Serving {
  Stuffed() {
    sink.answer = [](const Request&) { return Response{.body = std::string(50'000, 'x')}; };
    peer->write_room = 0;
  }
  // The peer reads `bytes` more.
  std::size_t read(std::size_t bytes) {
    peer->write_room = bytes;
    peer->signal();
    worker.settle();
    return peer->take().size();
  }
};

}  // namespace

TEST_SUITE("http") {
  TEST_CASE("a peer that pipelines without reading is not served beyond the mark") {
    Stuffed stuffed;
    for (int i = 0; i < 1000; ++i) stuffed.peer->send(kGet);
    stuffed.worker.settle();
    CHECK(stuffed.sink.requests.size() == 2);
    CHECK(stuffed.worker.connection().reading_paused());

    CHECK(stuffed.read(60'000) == 60'000);
    CHECK(stuffed.sink.requests.size() == 2);  // not drained yet
    stuffed.read(1'000'000'000);
    CHECK(stuffed.sink.requests.size() > 4);
    for (int i = 0; i < 200; ++i) stuffed.read(1'000'000'000);
    CHECK(stuffed.sink.requests.size() == 1000);
    CHECK_FALSE(stuffed.worker.connection().reading_paused());
    CHECK_FALSE(stuffed.finished());
  }

  TEST_CASE("requests that wait are answered also when their peer has ended") {
    Stuffed stuffed;
    for (int i = 0; i < 10; ++i) stuffed.peer->send(kGet);
    stuffed.peer->end();
    stuffed.worker.settle();
    for (int i = 0; i < 10; ++i) stuffed.read(1'000'000'000);
    CHECK(stuffed.sink.requests.size() == 10);
    CHECK(stuffed.peer->disconnected);
  }

  TEST_CASE("a request that waits may be the last one") {
    Stuffed stuffed;
    for (int i = 0; i < 3; ++i) stuffed.peer->send(kGet);
    stuffed.peer->send("GET / HTTP/1.0\r\n\r\n" + kGet);
    stuffed.worker.settle();
    for (int i = 0; i < 10; ++i) stuffed.read(1'000'000'000);
    CHECK(stuffed.sink.requests.size() == 4);
    CHECK(stuffed.finished());
  }

  TEST_CASE("a peer that never reads is dropped, one that reads slowly is not") {
    Stuffed silent;
    silent.exchange(kGet);
    silent.worker.advance(59s);
    CHECK_FALSE(silent.peer->disconnected);
    silent.worker.advance(2s);
    CHECK(silent.peer->disconnected);

    Stuffed slow;
    slow.exchange(kGet);
    for (int i = 0; i < 5; ++i) {
      slow.worker.advance(55s);
      CHECK(slow.read(1) == 1);
    }
    CHECK_FALSE(slow.peer->disconnected);
    slow.read(1'000'000);
    slow.worker.advance(50s);
    CHECK_FALSE(slow.finished());
  }

  TEST_CASE("a peer that never reads its last answer is dropped too") {
    Stuffed stuffed;
    stuffed.exchange("GET / HTTP/1.0\r\n\r\n");
    stuffed.worker.advance(61s);
    CHECK(stuffed.peer->disconnected);
  }
}

}  // namespace chatd::http
