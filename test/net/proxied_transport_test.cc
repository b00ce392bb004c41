#include "net/proxied_transport.h"

#include "net/connection.h"
#include "net/recorder.h"
#include "support/proxy_header.h"
#include "support/test_worker.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace chatd::net {
namespace {

using std::chrono::milliseconds;
using test::FakePeer;
using test::proxy_header;
using test::proxy_header_from;
using test::Recorder;
using test::Seen;
using test::TestWorker;

// A connection that a proxy brings, and the proxy.
struct Bench {
  explicit Bench(const ConnectionLimits& limits = {}) : worker(limits) {
    auto transport =
        std::make_unique<ProxiedTransport>(std::make_unique<test::FakeTransport>(peer));
    worker.worker().connections().add(std::move(transport), std::make_unique<Recorder>(seen));
  }

  void send(std::string_view bytes) {
    peer->send(bytes);
    worker.settle();
  }

  std::shared_ptr<FakePeer> peer = std::make_shared<FakePeer>();
  Seen seen;
  TestWorker worker;
};

}  // namespace

TEST_SUITE("net") {
  TEST_CASE("behind its header a connection is what it would be without, but for the address") {
    Bench bench;
    bench.send(proxy_header_from("203.0.113.9") + "hello");
    CHECK(bench.seen.bytes == "hello");
    CHECK(bench.seen.connection->peer_address() == "203.0.113.9");
    CHECK_FALSE(bench.seen.connection->secure());
    bench.seen.connection->send("answer");
    bench.worker.settle();
    CHECK(bench.peer->take() == "answer");
    bench.send(" again");
    CHECK(bench.seen.bytes == "hello again");
    bench.peer->end();
    bench.worker.settle();
    CHECK(bench.seen.ended == 1);
    bench.seen.connection->finish();
    bench.worker.settle();
    CHECK(bench.peer->ended);
    CHECK(bench.seen.closed == std::vector{EndReason::Finished});
  }

  TEST_CASE("the protocol hears nothing of a header, wherever it is cut") {
    const std::string bytes = proxy_header_from("2001:db8::7", std::string(50, 't')) + "hello";
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      Bench bench;
      bench.send(bytes.substr(0, cut));
      bench.send(bytes.substr(cut));
      CHECK(bench.seen.bytes == "hello");
      CHECK(bench.seen.connection->peer_address() == "2001:db8::7");
    }
    Bench bench;
    for (const char c : bytes) bench.send({&c, 1});
    CHECK(bench.seen.bytes == "hello");
  }

  TEST_CASE("who came over a Unix socket has no address, and a proxy itself has its own") {
    Bench from_unix;
    from_unix.send(proxy_header(0x21, 0x31, std::string(216, 'u')) + "x");
    CHECK(from_unix.seen.bytes == "x");
    CHECK(from_unix.seen.connection->peer_address().empty());
    Bench local;
    local.send(proxy_header(0x20, 0x11, std::string(12, '\x01')) + "x");
    CHECK(local.seen.bytes == "x");
    CHECK(local.seen.connection->peer_address().empty());  // the fake has none
  }

  TEST_CASE("who sends something else is gone without an answer") {
    for (const std::string& bytes :
         {std::string("GET / HTTP/1.1\r\n\r\n"), std::string("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n"),
          proxy_header(0x22, 0x11, std::string(12, 'a')),
          proxy_header(0x21, 0x11, std::string(11, 'a'))}) {
      Bench bench;
      bench.seen.connection->send("welcome");
      bench.send(bytes);
      CHECK(bench.seen.closed == std::vector{EndReason::PeerGone});
      CHECK(bench.seen.bytes.empty());
      CHECK(bench.peer->received.empty());
      CHECK(bench.peer->disconnected);
    }
  }

  TEST_CASE("nothing is written before the header, and all of it after") {
    Bench bench;
    bench.seen.connection->send("welcome");
    bench.worker.settle();
    CHECK(bench.peer->received.empty());
    CHECK(bench.seen.connection->write_blocked());
    bench.send(proxy_header_from("203.0.113.9"));
    CHECK(bench.peer->take() == "welcome");
    CHECK(bench.seen.drained == 1);
  }

  TEST_CASE("a header has its time from the start, however it trickles") {
    Bench bench({.introduction = milliseconds{1'000}});
    const std::string bytes = proxy_header_from("203.0.113.9");
    bench.worker.advance(milliseconds{900});
    bench.send(bytes.substr(0, bytes.size() - 2));
    bench.worker.advance(milliseconds{50});
    bench.send(bytes.substr(bytes.size() - 2, 1));
    CHECK(bench.seen.closed.empty());
    bench.worker.advance(milliseconds{100});
    CHECK(bench.seen.closed == std::vector{EndReason::Aborted});
    CHECK(bench.peer->received.empty());
    CHECK(bench.peer->disconnected);
  }

  TEST_CASE("who has introduced itself in time may be idle, and others still have theirs") {
    Bench bench({.introduction = milliseconds{1'000}});
    bench.send(proxy_header_from("203.0.113.9"));
    bench.worker.advance(milliseconds{500});
    auto late = std::make_shared<FakePeer>();
    Seen seen;
    bench.worker.worker().connections().add(
        std::make_unique<ProxiedTransport>(std::make_unique<test::FakeTransport>(late)),
        std::make_unique<Recorder>(seen));
    bench.worker.advance(milliseconds{900});
    CHECK(bench.seen.closed.empty());
    CHECK(seen.closed.empty());
    bench.worker.advance(milliseconds{200});
    CHECK(bench.seen.closed.empty());
    CHECK(seen.closed == std::vector{EndReason::Aborted});
  }

  TEST_CASE("an end within the header breaks the connection, one before it is an end") {
    Bench cut;
    cut.peer->send(proxy_header_from("203.0.113.9").substr(0, 20));
    cut.peer->end();
    cut.worker.settle();
    CHECK(cut.seen.ended == 0);
    CHECK(cut.seen.closed == std::vector{EndReason::PeerGone});
    Bench silent;
    silent.peer->end();
    silent.worker.settle();
    CHECK(silent.seen.ended == 1);
    CHECK(silent.seen.closed.empty());
    Bench reset;
    reset.peer->reset();
    reset.worker.settle();
    CHECK(reset.seen.closed == std::vector{EndReason::PeerGone});
  }

  TEST_CASE("with networks named, only they are proxies") {
    const ProxyPeers anybody({});
    CHECK(anybody.include("192.0.2.1"));
    CHECK(anybody.include("::1"));
    const ProxyPeers some({*Network::parse("10.0.0.0/8"), *Network::parse("::1")});
    CHECK(some.include("10.1.2.3"));
    CHECK(some.include("::1"));
    CHECK_FALSE(some.include("192.0.2.1"));
    CHECK_FALSE(some.include(""));
  }
}

}  // namespace chatd::net
