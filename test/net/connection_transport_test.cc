// What a connection does for a transport that keeps bytes back, as TLS does.
#include "net/connection.h"
#include "net/recorder.h"
#include "support/test_worker.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace chatd::net {
namespace {

using test::FakePeer;
using test::Recorder;
using test::Scripted;
using test::Seen;
using test::TestWorker;

// What the test lets the transport do.
struct Valve {
  bool open = false;           // kept bytes may go to the peer
  bool handshaken = true;      // before, nothing can be written
  int writes = 0;              // calls of write()
  std::string unread = {};     // decrypted, and not yet asked for
  std::size_t per_read = 999;  // bytes that one read() gives
  bool ended = false;          // behind `unread`
};

// Takes all that it is given and keeps it until the valve opens. Its descriptor is always writable.
class KeepingTransport final : public Transport {
 public:
  KeepingTransport(std::shared_ptr<FakePeer> peer, Valve& valve)
      : peer_(std::move(peer)), valve_(valve) {}

  IoResult read(std::span<char> into) override {
    std::uint64_t count = 0;
    static_cast<void>(!::read(peer_->event.get(), &count, sizeof count));
    if (valve_.unread.empty() && valve_.ended) return {.status = IoStatus::End};
    const std::size_t size = std::min({into.size(), valve_.unread.size(), valve_.per_read});
    if (size == 0) return {};
    std::copy_n(valve_.unread.data(), size, into.data());
    valve_.unread.erase(0, size);
    return {.status = IoStatus::Done, .bytes = size};
  }
  IoResult write(std::span<const iovec> slices) override {
    ++valve_.writes;
    if (!valve_.handshaken) return {};
    std::size_t taken = 0;
    for (const iovec& slice : slices) {
      kept_.append(static_cast<const char*>(slice.iov_base), slice.iov_len);
      taken += slice.iov_len;
    }
    if (valve_.open) peer_->received += std::exchange(kept_, {});
    return {.status = IoStatus::Done, .bytes = taken};
  }
  void shutdown_write() override {
    kept_ += "<end>";
    peer_->ended = true;
  }
  int fd() const override { return peer_->event.get(); }
  bool secure() const override { return true; }
  bool has_unread() const override { return !valve_.unread.empty(); }
  bool has_unwritten() const override { return !kept_.empty(); }
  bool awaits_peer() const override { return !valve_.handshaken; }

 private:
  std::shared_ptr<FakePeer> peer_;
  Valve& valve_;
  std::string kept_;
};

class Bench {
 public:
  explicit Bench(const Valve& start = {}) : valve(start) {
    connect(std::make_unique<Recorder>(seen));
  }

  void connect(std::unique_ptr<Protocol> protocol) {
    peer = std::make_shared<FakePeer>();
    worker.worker().connections().add(std::make_unique<KeepingTransport>(peer, valve),
                                      std::move(protocol));
  }

  Valve valve;
  Seen seen;
  std::shared_ptr<FakePeer> peer;
  TestWorker worker;
};

}  // namespace

TEST_SUITE("net") {
  TEST_CASE("bytes that the transport keeps are sent when there is room, and drain once") {
    Bench bench;
    bench.seen.connection->send("abc");
    bench.worker.settle();
    CHECK(bench.peer->received.empty());
    CHECK(bench.seen.connection->backlog() == 0);
    bench.seen.connection->send("def");
    bench.worker.settle();
    bench.valve.open = true;
    bench.worker.settle();
    CHECK(bench.peer->received == "abcdef");
    CHECK(bench.seen.connection->write_blocked() == false);
    const int writes = bench.valve.writes;
    bench.worker.settle();
    CHECK(bench.valve.writes == writes);
  }

  TEST_CASE("finishing waits for bytes that the transport keeps, and for the end that it keeps") {
    Bench bench;
    bench.seen.connection->send("abc");
    bench.seen.connection->finish();
    bench.worker.settle();
    CHECK_FALSE(bench.peer->ended);
    bench.valve.open = true;
    bench.worker.settle();
    CHECK(bench.peer->received == "abc<end>");
    CHECK(bench.seen.closed.empty());
    bench.valve.ended = true;
    bench.peer->signal();
    bench.worker.settle();
    CHECK(bench.seen.closed == std::vector{EndReason::Finished});
  }

  TEST_CASE("our end goes out although the peer has ended already") {
    Bench bench;
    bench.valve.ended = true;
    bench.peer->signal();
    bench.worker.settle();
    CHECK(bench.seen.ended == 1);
    bench.seen.connection->finish();
    bench.worker.settle();
    CHECK(bench.seen.closed.empty());
    bench.valve.open = true;
    bench.worker.settle();
    CHECK(bench.peer->received == "<end>");
    CHECK(bench.seen.closed == std::vector{EndReason::Finished});
  }

  TEST_CASE("a write that needs the peer's bytes first waits for them and does not spin") {
    Bench bench(Valve{.open = true, .handshaken = false});
    bench.seen.connection->send("abc");
    bench.worker.settle();
    CHECK(bench.valve.writes == 1);
    CHECK(bench.seen.connection->write_blocked());
    bench.valve.handshaken = true;
    bench.peer->signal();
    bench.worker.settle();
    CHECK(bench.peer->received == "abc");
  }

  TEST_CASE("a write that needs the peer's bytes first gets them also while reading is paused") {
    Bench bench(Valve{.open = true, .handshaken = false});
    bench.seen.connection->pause_reading();
    bench.seen.connection->send("abc");
    bench.worker.settle();
    bench.valve.handshaken = true;
    bench.valve.unread = "unseen";
    bench.peer->signal();
    bench.worker.settle();
    CHECK(bench.peer->received == "abc");
    CHECK(bench.seen.bytes.empty());
  }

  TEST_CASE("bytes that lie in the transport are read on in turn, though epoll is silent") {
    Bench bench;
    bench.valve.unread = "abcdefgh";
    bench.valve.per_read = 2;
    bench.valve.ended = true;
    bench.peer->signal();
    bench.worker.tick();
    CHECK(bench.seen.bytes == "abcd");  // a piece from the socket, and one that was put off
    bench.worker.worker().tick();       // does not sleep
    CHECK(bench.seen.bytes == "abcdef");
    bench.seen.connection->pause_reading();
    bench.worker.settle();
    CHECK(bench.seen.bytes == "abcdef");
    bench.seen.connection->resume_reading();
    bench.worker.settle();
    CHECK(bench.seen.bytes == "abcdefgh");
  }

  TEST_CASE("a finished connection reads on what lies in the transport, up to the peer's end") {
    Bench bench;
    bench.valve.open = true;
    bench.seen.connection->finish();
    bench.worker.settle();
    bench.valve.unread = "thrown away";
    bench.valve.per_read = 4;
    bench.peer->signal();
    bench.worker.settle();
    CHECK(bench.valve.unread.empty());
    CHECK(bench.seen.bytes.empty());
  }
}

}  // namespace chatd::net
