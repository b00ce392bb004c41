#include "net/connection.h"

#include "net/recorder.h"
#include "support/test_worker.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace chatd::net {
namespace {

using test::FourByteFeed;
using test::Recorder;
using test::Scripted;
using test::Seen;
using test::TestWorker;

}  // namespace

TEST_SUITE("net") {
  TEST_CASE("what the peer sends reaches the protocol") {
    Seen seen;
    TestWorker worker;
    const auto peer = worker.connect(std::make_unique<Recorder>(seen));
    peer->send("hello");
    worker.settle();
    CHECK(seen.bytes == "hello");
  }

  TEST_CASE("all that is sent in a tick leaves in one write at its end") {
    Seen seen;
    TestWorker worker;
    const auto peer = worker.connect(std::make_unique<Recorder>(seen));
    seen.connection->send("one ");
    seen.connection->send(SharedBuffer::of(std::string(1000, 'x')));
    seen.connection->send(" two");
    CHECK(peer->writes == 0);
    worker.tick();
    CHECK(peer->writes == 1);
    CHECK(peer->take() == "one " + std::string(1000, 'x') + " two");
    CHECK(seen.drained == 1);
  }

  TEST_CASE("output that the socket refuses waits, and goes out whole") {
    for (std::size_t room = 0; room <= 12; ++room) {
      Seen seen;
      TestWorker worker;
      const auto peer = worker.connect(std::make_unique<Recorder>(seen));
      peer->write_room = room;
      seen.connection->send("abcdefghijkl");
      worker.settle();
      CHECK(peer->received.size() == room);
      CHECK(seen.drained == (room == 12 ? 1 : 0));
      peer->write_room = 100;
      worker.settle();
      CHECK(peer->received == "abcdefghijkl");
      CHECK(seen.drained == 1);
      CHECK(seen.connection->backlog() == 0);
    }
  }

  TEST_CASE("a protocol that leaves bytes gets them again with what follows") {
    Seen seen;
    TestWorker worker;
    class Pairs final : public Recorder {
     public:
      using Recorder::Recorder;
      std::size_t on_data(std::span<char> bytes) override {
        return Recorder::on_data(bytes.first(bytes.size() / 2 * 2));
      }
    };
    const auto peer = worker.connect(std::make_unique<Pairs>(seen));
    peer->send("abc");
    worker.settle();
    CHECK(seen.bytes == "ab");
    peer->send("de");
    worker.settle();
    CHECK(seen.bytes == "abcd");
    peer->send("f");
    worker.settle();
    CHECK(seen.bytes == "abcdef");
  }

  TEST_CASE("a paused connection takes nothing, and goes on where it stopped") {
    Seen seen;
    TestWorker worker;
    class OneThenPause final : public Recorder {
     public:
      explicit OneThenPause(Seen& all) : Recorder(all, 1) {}
      std::size_t on_data(std::span<char> bytes) override {
        seen_.connection->pause_reading();
        return Recorder::on_data(bytes);
      }
    };
    const auto peer = worker.connect(std::make_unique<OneThenPause>(seen));
    peer->send("abc");
    worker.settle();
    CHECK(seen.bytes == "a");
    for (const char* expected : {"ab", "abc", "abc"}) {
      seen.connection->resume_reading();
      worker.settle();
      CHECK(seen.bytes == expected);
    }
  }

  TEST_CASE("bytes behind a change of protocol go to the next one") {
    Seen first;
    Seen second;
    TestWorker worker;
    class Changing final : public Recorder {
     public:
      Changing(Seen& seen, Seen& next) : Recorder(seen, 3), next_(next) {}
      std::size_t on_data(std::span<char> bytes) override {
        seen_.connection->replace_protocol(std::make_unique<Recorder>(next_));
        return Recorder::on_data(bytes);
      }

     private:
      Seen& next_;
    };
    const auto peer = worker.connect(std::make_unique<Changing>(first, second));
    peer->send("abcdef");
    worker.settle();
    CHECK(first.bytes == "abc");
    CHECK(second.bytes == "def");
    peer->reset();
    worker.settle();
    CHECK(first.closed.empty());
    CHECK(second.closed == std::vector{EndReason::PeerGone});
  }

  TEST_CASE("an outbox beyond its limit ends the connection") {
    for (const std::size_t size : {std::size_t{1000}, std::size_t{1001}}) {
      Seen seen;
      TestWorker worker(ConnectionLimits{.outbox_bytes = 1000});
      const auto peer = worker.connect(std::make_unique<Recorder>(seen));
      peer->write_room = 0;
      seen.connection->send(std::string(size, 'x'));
      worker.settle();
      CHECK(seen.closed.size() == (size > 1000 ? 1 : 0));
      if (size > 1000) CHECK(seen.closed.front() == EndReason::TooSlow);
    }
  }

  TEST_CASE("a failing write ends the connection once") {
    Seen seen;
    TestWorker worker;
    const auto peer = worker.connect(std::make_unique<Recorder>(seen));
    peer->failing_write = 1;
    seen.connection->send("x");
    worker.settle();
    CHECK(seen.closed == std::vector{EndReason::PeerGone});
  }

  TEST_CASE("private output goes between whole frames of a feed, wherever the socket stops") {
    for (std::size_t room = 0; room <= 12; ++room) {
      Seen seen;
      TestWorker worker;
      FourByteFeed feed;
      const auto peer = worker.connect(std::make_unique<Recorder>(seen));
      seen.connection->attach_feed(feed);
      feed.bytes = "AAAABBBBCCCC";
      peer->write_room = room;
      seen.connection->wake();
      worker.tick();
      seen.connection->send("pppp");
      peer->write_room = 100;
      worker.settle();
      const std::string all = peer->take();
      CHECK(all.size() == 16);
      CHECK(all.find("pppp") % 4 == 0);
      CHECK(all.find("pppp") >= room);
    }
  }

  TEST_CASE("leaving a feed completes the frame that is half sent and nothing more") {
    for (std::size_t room = 0; room <= 8; ++room) {
      Seen seen;
      TestWorker worker;
      FourByteFeed feed;
      const auto peer = worker.connect(std::make_unique<Recorder>(seen));
      seen.connection->attach_feed(feed);
      feed.bytes = "AAAABBBB";
      peer->write_room = room;
      seen.connection->wake();
      worker.tick();
      seen.connection->send("pp");
      seen.connection->detach_feed();
      peer->write_room = 100;
      worker.settle();
      CHECK(peer->take() == feed.bytes.substr(0, (room + 3) / 4 * 4) + "pp");
    }
  }

  TEST_CASE("the outbox is drained although a feed goes on") {
    Seen seen;
    TestWorker worker;
    FourByteFeed feed;
    const auto peer = worker.connect(std::make_unique<Recorder>(seen));
    seen.connection->attach_feed(feed);
    feed.bytes = "AAAABBBB";
    seen.connection->send("pp");
    peer->write_room = 4;
    worker.settle();
    CHECK(peer->take() == "ppAA");
    CHECK(seen.drained == 1);
    peer->write_room = 100;
    worker.settle();
    CHECK(seen.drained == 1);
  }

  TEST_CASE(
      "the rest of a feed's frame and what follows leave in one write if nothing comes between") {
    Seen seen;
    TestWorker worker;
    FourByteFeed feed;
    const auto peer = worker.connect(std::make_unique<Recorder>(seen));
    seen.connection->attach_feed(feed);
    feed.bytes = "AAAABBBB";
    peer->write_room = 2;
    seen.connection->wake();
    worker.tick();
    peer->write_room = 100;
    const int writes = peer->writes;
    worker.tick();
    CHECK(peer->writes == writes + 1);
    CHECK(peer->take() == "AAAABBBB");
  }

  TEST_CASE("one connection writes its share of a tick and leaves the others theirs") {
    Seen seen;
    TestWorker worker(ConnectionLimits{.outbox_bytes = std::size_t{64} << 20});
    const auto peer = worker.connect(std::make_unique<Recorder>(seen));
    const std::size_t size = std::size_t{5} << 20;
    for (int i = 0; i < 500; ++i) {
      seen.connection->send(SharedBuffer::of(std::string(size / 500, 'x')));
    }
    worker.tick();
    CHECK(peer->received.size() < size / 2);
    CHECK(seen.drained == 0);
    worker.worker().tick();  // does not sleep
    worker.settle();
    CHECK(peer->received.size() == size / 500 * 500);
    CHECK(seen.drained == 1);
  }

  TEST_CASE("pausing one connection from another's bytes holds although its own were ready") {
    Seen first;
    Seen second;
    TestWorker worker;
    auto pausing = [](Seen& mine, Seen& other) {
      auto protocol = std::make_unique<Scripted>(mine);
      protocol->data = [&](std::span<char> bytes) {
        if (other.connection != nullptr) other.connection->pause_reading();
        mine.bytes.append(bytes.data(), bytes.size());
        return bytes.size();
      };
      return protocol;
    };
    const auto peer = worker.connect(pausing(first, second));
    const auto other = worker.connect(pausing(second, first));
    peer->send("x");
    other->send("y");
    worker.settle();
    CHECK(first.bytes + second.bytes == (first.bytes.empty() ? "y" : "x"));
    CHECK(peer->incoming + other->incoming == (first.bytes.empty() ? "x" : "y"));
  }
}

}  // namespace chatd::net
