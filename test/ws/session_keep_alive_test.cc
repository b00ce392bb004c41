#include "ws/open_session.h"
#include "ws/session.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

namespace chatd::ws {
namespace {

using Lines = std::vector<std::string>;
using std::chrono::milliseconds;

const SessionOptions kOptions{.ping_interval = milliseconds{3'000},
                              .ping_timeout = milliseconds{1'000}};

std::string pong() { return ClientFrame{.opcode = Opcode::Pong}.bytes(); }

TEST_SUITE("ws") {
  TEST_CASE("a silent peer is pinged after the interval, and again after each answer") {
    OpenSession open(kOptions);
    open.worker.advance(milliseconds{2'900});
    CHECK(open.said().empty());
    for (int round = 0; round < 3; ++round) {
      CAPTURE(round);
      open.worker.advance(milliseconds{200});
      CHECK(open.said() == Lines{"ping "});
      open.feed(pong());
      open.worker.advance(milliseconds{2'900});
      CHECK(open.said().empty());
    }
    CHECK_FALSE(open.peer->disconnected);
  }

  TEST_CASE("a peer that does not answer the ping is gone after the timeout") {
    OpenSession open(kOptions);
    open.worker.advance(milliseconds{3'100});
    CHECK(open.said() == Lines{"ping "});
    open.worker.advance(milliseconds{800});
    CHECK_FALSE(open.peer->disconnected);
    open.worker.advance(milliseconds{200});
    CHECK(open.peer->disconnected);
    CHECK(open.heard() == Lines{"close 1006"});
  }

  TEST_CASE("any byte after the ping counts as a sign of life") {
    OpenSession open(kOptions);
    open.worker.advance(milliseconds{3'100});
    open.feed(client_text("busy").substr(0, 1));
    open.worker.advance(milliseconds{2'000});
    CHECK_FALSE(open.peer->disconnected);
  }

  TEST_CASE("a peer that talks is not pinged") {
    OpenSession open(kOptions);
    for (int i = 0; i < 10; ++i) {
      open.worker.advance(milliseconds{2'000});
      open.feed(client_text("x"));
    }
    CHECK(open.said().empty());
  }

  TEST_CASE("a paused session does not take silence for death") {
    OpenSession open(kOptions);
    open.session->pause();
    open.worker.advance(milliseconds{20'000});
    CHECK_FALSE(open.peer->disconnected);
    open.session->resume();
    open.worker.advance(milliseconds{6'000});
    CHECK(open.said() == Lines{"ping "});
  }

  TEST_CASE("an interval of zero never pings") {
    OpenSession open({.ping_interval = milliseconds{0}});
    open.worker.advance(milliseconds{100'000});
    CHECK(open.said().empty());
    CHECK_FALSE(open.peer->disconnected);
  }
}

}  // namespace
}  // namespace chatd::ws
