#include "net/connection.h"

#include "support/test_worker.h"

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace chatd::net {
namespace {

using test::FakePeer;
using test::TestWorker;

// What a Script has seen, kept by the test, because the protocol dies with its connection.
struct Seen {
  std::string bytes;
  int drained = 0;
  int ended = 0;
  int shut_down = 0;
  std::vector<EndReason> closed;
  Connection* connection = nullptr;
};

// Takes everything, up to `most` bytes a call, and remembers it.
class Recorder : public Protocol {
 public:
  explicit Recorder(Seen& seen, std::size_t most = std::string::npos) : seen_(seen), most_(most) {}

  void on_attach(Connection& connection) override { seen_.connection = &connection; }
  std::size_t on_data(std::span<char> bytes) override {
    const std::size_t count = std::min(bytes.size(), most_);
    seen_.bytes.append(bytes.data(), count);
    return count;
  }
  void on_end() override { ++seen_.ended; }
  void on_drained() override { ++seen_.drained; }
  void on_shutdown() override { ++seen_.shut_down; }
  void on_close(EndReason reason) override { seen_.closed.push_back(reason); }

 protected:
  Seen& seen_;
  const std::size_t most_;
};

// Frames of four bytes, so that boundaries are easy to see.
class FourByteFeed : public Feed {
 public:
  std::size_t peek(std::span<iovec> slices, Extent extent) const override {
    std::size_t size = bytes.size() - cursor;
    if (extent == Extent::Frame) size = std::min(size, 4 - cursor % 4);
    if (size == 0 || slices.empty()) return 0;
    slices[0] = {const_cast<char*>(bytes.data()) + cursor, size};
    return 1;
  }
  void advance(std::size_t count) override { cursor += count; }
  bool at_boundary() const override { return cursor % 4 == 0; }

  std::string bytes;
  std::size_t cursor = 0;
};

}  // namespace

TEST_SUITE("net") {
  TEST_CASE("what the peer sends reaches the protocol") {
    TestWorker worker;
    Seen seen;
    const auto peer = worker.connect(std::make_unique<Recorder>(seen));
    peer->send("hello");
    worker.settle();
    CHECK(seen.bytes == "hello");
  }

  TEST_CASE("all that is sent in a tick leaves in one write at its end") {
    TestWorker worker;
    Seen seen;
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
      TestWorker worker;
      Seen seen;
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
    TestWorker worker;
    Seen seen;
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
    TestWorker worker;
    Seen seen;
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
    TestWorker worker;
    Seen first;
    Seen second;
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

  TEST_CASE("finish sends all, ends our direction and waits for the peer's end") {
    TestWorker worker;
    Seen seen;
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
    TestWorker worker(ConnectionLimits{.linger = std::chrono::milliseconds{500}});
    Seen seen;
    const auto peer = worker.connect(std::make_unique<Recorder>(seen));
    seen.connection->finish();
    worker.settle();
    CHECK_FALSE(peer->disconnected);
    worker.advance(std::chrono::milliseconds{600});
    CHECK(peer->disconnected);
    CHECK(seen.closed == std::vector{EndReason::Finished});
  }

  TEST_CASE("an outbox beyond its limit ends the connection") {
    for (const std::size_t size : {std::size_t{1000}, std::size_t{1001}}) {
      TestWorker worker(ConnectionLimits{.outbox_bytes = 1000});
      Seen seen;
      const auto peer = worker.connect(std::make_unique<Recorder>(seen));
      peer->write_room = 0;
      seen.connection->send(std::string(size, 'x'));
      worker.settle();
      CHECK(seen.closed.size() == (size > 1000 ? 1 : 0));
      if (size > 1000) CHECK(seen.closed.front() == EndReason::TooSlow);
    }
  }

  TEST_CASE("a failing write ends the connection once") {
    TestWorker worker;
    Seen seen;
    const auto peer = worker.connect(std::make_unique<Recorder>(seen));
    peer->failing_write = 1;
    seen.connection->send("x");
    worker.settle();
    CHECK(seen.closed == std::vector{EndReason::PeerGone});
  }

  TEST_CASE("the peer's end is told once and sending goes on") {
    TestWorker worker;
    Seen seen;
    const auto peer = worker.connect(std::make_unique<Recorder>(seen));
    peer->end();
    worker.settle();
    CHECK(seen.ended == 1);
    seen.connection->send("still here");
    worker.settle();
    CHECK(peer->take() == "still here");
  }

  TEST_CASE("private output goes between whole frames of a feed, wherever the socket stops") {
    for (std::size_t room = 0; room <= 12; ++room) {
      TestWorker worker;
      Seen seen;
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
      TestWorker worker;
      Seen seen;
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

  TEST_CASE("an id finds its connection, and nothing once it is buried") {
    TestWorker worker;
    Seen seen;
    const auto peer = worker.connect(std::make_unique<Recorder>(seen));
    const ConnId id = seen.connection->id();
    CHECK(worker.worker().connections().find(id) == seen.connection);
    seen.connection->abort();
    worker.settle();
    CHECK(worker.worker().connections().find(id) == nullptr);
    Seen next;
    const auto other = worker.connect(std::make_unique<Recorder>(next));
    CHECK(next.connection->id().slot == id.slot);
    CHECK(worker.worker().connections().find(id) == nullptr);
    CHECK(peer->disconnected);
  }

  TEST_CASE("shutting down tells each protocol, and aborting ends what is left") {
    TestWorker worker;
    Seen seen;
    const auto peer = worker.connect(std::make_unique<Recorder>(seen));
    worker.worker().connections().shut_down();
    CHECK(seen.shut_down == 1);
    worker.worker().connections().abort_all();
    worker.settle();
    CHECK(seen.closed == std::vector{EndReason::Aborted});
    CHECK(worker.worker().connections().count() == 0);
  }
}

}  // namespace chatd::net
