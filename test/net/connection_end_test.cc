#include "net/connection.h"
#include "net/recorder.h"
#include "support/test_worker.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace chatd::net {
namespace {

using std::chrono::milliseconds;
using test::Recorder;
using test::Scripted;
using test::Seen;
using test::TestWorker;

}  // namespace

TEST_SUITE("net") {
  TEST_CASE("finish sends all, ends our direction and waits for the peer's end") {
    Seen seen;
    TestWorker worker;
    const auto peer = worker.connect(std::make_unique<Recorder>(seen));
    seen.connection->send("bye");
    seen.connection->finish();
    seen.connection->send("never");
    worker.settle();
    CHECK(peer->take() == "bye");
    CHECK(peer->ended);
    CHECK(seen.closed.empty());
    peer->send("ignored");
    worker.settle();
    CHECK(seen.bytes.empty());
    peer->end();
    worker.settle();
    CHECK(seen.closed == std::vector{EndReason::Finished});
    CHECK(peer->disconnected);
  }

  TEST_CASE("a peer that never ends its direction is not waited for beyond the linger time") {
    Seen seen;
    TestWorker worker(ConnectionLimits{.linger = std::chrono::milliseconds{500}});
    const auto peer = worker.connect(std::make_unique<Recorder>(seen));
    seen.connection->finish();
    worker.settle();
    CHECK_FALSE(peer->disconnected);
    worker.advance(std::chrono::milliseconds{600});
    CHECK(peer->disconnected);
    CHECK(seen.closed == std::vector{EndReason::Finished});
  }

  TEST_CASE("the peer's end is told once and sending goes on") {
    Seen seen;
    TestWorker worker;
    const auto peer = worker.connect(std::make_unique<Recorder>(seen));
    peer->end();
    worker.settle();
    CHECK(seen.ended == 1);
    seen.connection->send("still here");
    worker.settle();
    CHECK(peer->take() == "still here");
  }

  TEST_CASE("a protocol may finish while it looks at bytes that were kept for it") {
    Seen seen;
    TestWorker worker;
    auto protocol = std::make_unique<Scripted>(seen);
    protocol->data = [&seen](std::span<char> bytes) -> std::size_t {
      if (bytes.size() < 4) return 0;
      seen.connection->finish();
      seen.bytes.assign(bytes.data(), bytes.size());  // they must still be there
      return 4;
    };
    const auto peer = worker.connect(std::move(protocol));
    peer->send("ab");
    worker.settle();
    peer->send("cdef");
    worker.settle();
    CHECK(seen.bytes == "abcdef");
    CHECK(peer->ended);
  }

  TEST_CASE("a protocol may abort while it looks at bytes that were kept for it") {
    Seen seen;
    TestWorker worker;
    auto protocol = std::make_unique<Scripted>(seen);
    protocol->data = [&seen](std::span<char> bytes) -> std::size_t {
      if (bytes.size() >= 4) seen.connection->abort();
      return 0;
    };
    const auto peer = worker.connect(std::move(protocol));
    peer->send("ab");
    worker.settle();
    peer->send("cdef");
    worker.settle();
    CHECK(seen.closed == std::vector{EndReason::Aborted});
  }

  TEST_CASE("the peer's end is told behind all that a paused protocol has yet to see") {
    Seen seen;
    TestWorker worker;
    std::string order;
    auto protocol = std::make_unique<Scripted>(seen);
    protocol->data = [&](std::span<char> bytes) -> std::size_t {
      order += bytes[0];
      seen.connection->pause_reading();
      return 1;
    };
    protocol->ended = [&order] { order += '.'; };
    const auto peer = worker.connect(std::move(protocol));
    peer->send("abc");
    peer->end();
    worker.settle();
    CHECK(order == "a");
    for (const char* expected : {"ab", "abc", "abc."}) {
      seen.connection->resume_reading();
      worker.settle();
      CHECK(order == expected);
    }
    seen.connection->resume_reading();
    worker.settle();
    CHECK(order == "abc.");
  }

  TEST_CASE("finishing a paused connection reads the peer's end") {
    Seen seen;
    TestWorker worker;
    const auto peer = worker.connect(std::make_unique<Recorder>(seen));
    seen.connection->pause_reading();
    peer->send("unseen");
    peer->end();
    worker.settle();
    CHECK(seen.bytes.empty());
    seen.connection->finish();
    worker.settle();
    CHECK(seen.bytes.empty());
    CHECK(seen.closed == std::vector{EndReason::Finished});
  }

  TEST_CASE("finishing while the socket is full sends the rest before our end") {
    Seen seen;
    TestWorker worker;
    const auto peer = worker.connect(std::make_unique<Recorder>(seen));
    peer->write_room = 3;
    seen.connection->send("abcdef");
    worker.tick();
    seen.connection->finish();
    worker.tick();
    CHECK_FALSE(peer->ended);
    peer->write_room = 100;
    worker.settle();
    CHECK(peer->take() == "abcdef");
    CHECK(peer->ended);
  }

  TEST_CASE("a finished connection whose peer reads nothing is cut off, one that reads is not") {
    Seen stuck;
    Seen slow;
    TestWorker worker(ConnectionLimits{.stall = milliseconds{1000}});
    const auto stuck_peer = worker.connect(std::make_unique<Recorder>(stuck));
    const auto slow_peer = worker.connect(std::make_unique<Recorder>(slow));
    for (Seen* seen : {&stuck, &slow}) {
      seen->connection->send("abcdefgh");
      seen->connection->finish();
    }
    stuck_peer->write_room = 0;
    slow_peer->write_room = 0;
    for (int round = 0; round < 5; ++round) {
      slow_peer->write_room = 1;
      worker.advance(milliseconds{900});
    }
    CHECK(stuck.closed == std::vector{EndReason::TooSlow});
    CHECK(slow.closed.empty());
    CHECK(slow_peer->received == "abcde");
    slow_peer->write_room = 100;
    worker.settle();
    CHECK(slow_peer->received == "abcdefgh");
    CHECK(slow_peer->ended);
  }

  TEST_CASE("those who linger shorter than others stall are still ended in time") {
    Seen stuck;
    Seen lingering;
    TestWorker worker(ConnectionLimits{.stall = milliseconds{9000}, .linger = milliseconds{200}});
    const auto stuck_peer = worker.connect(std::make_unique<Recorder>(stuck));
    stuck_peer->write_room = 0;
    stuck.connection->send("x");
    stuck.connection->finish();
    worker.settle();
    const auto peer = worker.connect(std::make_unique<Recorder>(lingering));
    lingering.connection->finish();
    worker.advance(milliseconds{400});
    CHECK(lingering.closed == std::vector{EndReason::Finished});
    CHECK(stuck.closed.empty());
    worker.advance(milliseconds{9000});
    CHECK(stuck.closed == std::vector{EndReason::TooSlow});
  }

  TEST_CASE("a reset after our end is an ordinary end") {
    Seen seen;
    TestWorker worker;
    const auto peer = worker.connect(std::make_unique<Recorder>(seen));
    seen.connection->finish();
    worker.settle();
    peer->reset();
    worker.settle();
    CHECK(seen.closed == std::vector{EndReason::Finished});
  }
}

}  // namespace chatd::net
