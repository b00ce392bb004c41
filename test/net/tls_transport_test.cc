#include "net/tls_transport.h"

#include "net/listener.h"
#include "net/loopback.h"
#include "net/recorder.h"
#include "net/tls_client.h"

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace chatd::net {
namespace {

using std::chrono::milliseconds;
using test::ClientOptions;
using test::RealWorker;
using test::Recorder;
using test::Scripted;
using test::Seen;
using test::TlsClient;

TlsContext make_test_context() {
  const test::TemporaryFolder folder;
  return *TlsContext::load({test::make_certificate_files(folder, "a.test")});
}

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  return bytes;
}

// A connection of a worker with TLS on it, and the client of it.
class Bench {
 public:
  Bench() : Bench(nullptr) {}
  explicit Bench(std::unique_ptr<Scripted> protocol) {
    test::TcpPair pair = test::tcp_pair();
    raw = std::move(pair.client);
    if (protocol == nullptr) protocol = std::make_unique<Scripted>(seen);
    worker.worker().connections().add(
        std::make_unique<TlsTransport>(std::move(pair.server), context_, budget_),
        std::move(protocol));
  }

  TlsClient& shake_hands(const ClientOptions& options = {}) {
    client = std::make_unique<TlsClient>(std::move(raw), options);
    REQUIRE(tick_until([&] { return client->connected(); }));
    return *client;
  }

  template <typename Condition>
  bool tick_until(Condition condition) {
    return worker.tick_until([&] {
      budget_.refill();
      return condition();
    });
  }

  bool comes_to_rest() {
    const int before = worker.ticks();
    worker.run_for(milliseconds{60});
    return worker.ticks() - before < 60;
  }

 private:
  const TlsContext context_ = make_test_context();
  HandshakeBudget budget_;

 public:
  Seen seen;
  RealWorker worker{ConnectionLimits{.outbox_bytes = std::size_t{64} << 20}};
  UniqueFd raw;  // the client's end, until it shakes hands
  std::unique_ptr<TlsClient> client;
};

}  // namespace

TEST_SUITE("net") {
  TEST_CASE("after the handshake bytes pass both ways, and the connection is secure") {
    Bench bench;
    TlsClient& client = bench.shake_hands();
    CHECK(bench.seen.connection->secure());
    client.write("question");
    REQUIRE(bench.tick_until([&] { return bench.seen.bytes == "question"; }));
    bench.seen.connection->send("answer");
    REQUIRE(bench.tick_until([&] {
      client.read();
      return client.received == "answer";
    }));
    CHECK(bench.comes_to_rest());
  }

  TEST_CASE("megabytes pass both ways at once through short reads and writes") {
    Bench bench;
    TlsClient& client = bench.shake_hands();
    const std::string up = pattern(std::size_t{3} << 20);
    const std::string down = pattern(std::size_t{4} << 20);
    for (std::size_t at = 0; at < down.size(); at += 100'000) {
      bench.seen.connection->send(SharedBuffer::of(std::string_view(down).substr(at, 100'000)));
    }
    std::string_view left = up;
    REQUIRE(bench.tick_until([&] {
      left.remove_prefix(client.write(left.substr(0, 40'000)));
      client.read(30'000);
      return client.received.size() == down.size() && bench.seen.bytes.size() == up.size();
    }));
    CHECK(client.received == down);
    CHECK(bench.seen.bytes == up);
    CHECK(bench.seen.drained == 1);
    CHECK(bench.comes_to_rest());
  }

  TEST_CASE("a writer sleeps while its peer reads nothing, and loses no byte") {
    Bench bench;
    TlsClient& client = bench.shake_hands();
    const std::string down = pattern(std::size_t{9} << 20);
    bench.seen.connection->send(SharedBuffer::of(down));
    REQUIRE(bench.tick_until([&] { return bench.seen.connection->write_blocked(); }));
    bench.worker.run_for(milliseconds{30});
    CHECK(bench.comes_to_rest());
    CHECK(bench.seen.connection->backlog() > 0);
    REQUIRE(bench.tick_until([&] {
      client.read();
      return client.received.size() == down.size();
    }));
    CHECK(client.received == down);
  }

  TEST_CASE("what is sent in a tick leaves in one record, however many slices it has") {
    Bench bench;
    TlsClient& client = bench.shake_hands({.version = TLS1_2_VERSION});
    std::string expected;
    for (char c = 'a'; c < 'k'; ++c) {
      bench.seen.connection->send(SharedBuffer::of(std::string(1000, c)));
      bench.seen.connection->send("-");
      expected += std::string(1000, c) + "-";
    }
    const int before = client.data_records;
    REQUIRE(bench.tick_until([&] {
      client.read();
      return client.received.size() == expected.size();
    }));
    CHECK(client.received == expected);
    CHECK(client.data_records == before + 1);
  }

  TEST_CASE("a handshake that arrives byte by byte is one in the end") {
    Bench bench;
    auto [inner, outer] = test::local_pair();
    TlsClient client(std::move(inner));
    // The test carries the bytes, and lets the server have one at a time.
    std::string to_server;
    const auto carry = [&] {
      to_server += test::receive_now(outer.get()).bytes;
      if (!to_server.empty()) test::send_all(bench.raw.get(), to_server.substr(0, 1));
      to_server.erase(0, 1);
      const std::string answer = test::receive_now(bench.raw.get()).bytes;
      if (!answer.empty()) test::send_all(outer.get(), answer);
    };
    REQUIRE(bench.tick_until([&] {
      carry();
      return client.connected();
    }));
    client.write("hello");
    REQUIRE(bench.tick_until([&] {
      carry();
      return bench.seen.bytes == "hello";
    }));
  }

  TEST_CASE("who says nothing can be timed out, and costs no ticks meanwhile") {
    Bench bench;
    CHECK(bench.comes_to_rest());
    bench.seen.connection->send("HTTP/1.1 408 Request Timeout\r\n\r\n");
    bench.seen.connection->finish();
    CHECK(bench.comes_to_rest());
    bench.seen.connection->abort();
    CHECK(test::receive_now(bench.raw.get()).bytes.empty());
    REQUIRE(bench.tick_until([&] { return !bench.seen.closed.empty(); }));
    CHECK(test::receive(bench.raw.get()).empty());
  }

  TEST_CASE("what is sent before the handshake goes out behind it") {
    Bench bench;
    bench.seen.connection->send("welcome");
    bench.worker.tick();
    TlsClient& client = bench.shake_hands();
    REQUIRE(bench.tick_until([&] {
      client.read();
      return client.received == "welcome";
    }));
    CHECK(bench.comes_to_rest());
  }

  TEST_CASE("finishing sends close_notify behind the last byte, and the peer's is an end") {
    Bench bench;
    TlsClient& client = bench.shake_hands();
    bench.seen.connection->send("bye");
    bench.seen.connection->finish();
    REQUIRE(bench.tick_until([&] {
      client.read();
      return client.ended;
    }));
    CHECK(client.received == "bye");
    CHECK(bench.seen.closed.empty());
    client.close_notify();
    REQUIRE(bench.tick_until([&] { return !bench.seen.closed.empty(); }));
    CHECK(bench.seen.closed == std::vector{EndReason::Finished});
  }

  TEST_CASE("close_notify behind data is told behind the data, and answering goes on") {
    Bench bench;
    TlsClient& client = bench.shake_hands();
    client.write("last words");
    client.close_notify();
    REQUIRE(bench.tick_until([&] { return bench.seen.ended == 1; }));
    CHECK(bench.seen.bytes == "last words");
    bench.seen.connection->send("heard");
    bench.seen.connection->finish();
    REQUIRE(bench.tick_until([&] {
      client.read();
      return client.ended;
    }));
    CHECK(client.received == "heard");
    CHECK(bench.seen.closed == std::vector{EndReason::Finished});
  }

  TEST_CASE("a peer that closes without close_notify has ended all the same") {
    Bench bench;
    TlsClient& client = bench.shake_hands();
    client.write("gone");
    ::shutdown(client.fd(), SHUT_WR);
    REQUIRE(bench.tick_until([&] { return bench.seen.ended == 1; }));
    CHECK(bench.seen.bytes == "gone");
  }

  TEST_CASE("a peer that resets, or sends what is no record, ends the connection") {
    for (const bool resets : {true, false}) {
      CAPTURE(resets);
      Bench bench;
      TlsClient& client = bench.shake_hands();
      if (resets) {
        test::reset_on_close(client.fd());
        client.close();
      } else {
        test::send_all(client.fd(), std::string(100, '\x01'));
      }
      REQUIRE(bench.tick_until([&] { return !bench.seen.closed.empty(); }));
      CHECK(bench.seen.closed == std::vector{EndReason::PeerGone});
    }
  }

  TEST_CASE("nonsense instead of a handshake ends the connection") {
    Bench bench;
    test::send_all(bench.raw.get(), std::string_view("\x16\x03\x01\x00\x05nonsense", 13));
    REQUIRE(bench.tick_until([&] { return !bench.seen.closed.empty(); }));
    CHECK(bench.seen.bytes.empty());
  }

  TEST_CASE("plain HTTP gets a plain answer, whatever its method and however it arrives") {
    for (const std::string request :
         {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.1\r\n\r\n", "D"}) {
      CAPTURE(request);
      Bench bench;
      test::send_all(bench.raw.get(), request);
      REQUIRE(bench.tick_until([&] { return bench.seen.ended == 1; }));
      bench.seen.connection->send("this is never seen in plain text");
      bench.seen.connection->finish();
      REQUIRE(bench.tick_until([&] { return !bench.seen.closed.empty(); }));
      const std::string answer = test::receive(bench.raw.get());
      CHECK(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"));
      const auto body = answer.substr(answer.find("\r\n\r\n") + 4);
      CHECK(body == "This port speaks TLS (https).\n");
      CHECK(answer.find("Content-Length: " + std::to_string(body.size())) != std::string::npos);
      CHECK(bench.seen.bytes.empty());
    }
  }

  TEST_CASE("a crowd of handshakes is spread over ticks, and all get through") {
    Bench bench;
    Seen seen;
    HandshakeBudget narrow;
    for (int i = 0; i < 8; ++i) REQUIRE(narrow.take());
    REQUIRE_FALSE(narrow.take());
    test::TcpPair pair = test::tcp_pair();
    const TlsContext context = make_test_context();
    bench.worker.worker().connections().add(
        std::make_unique<TlsTransport>(std::move(pair.server), context, narrow),
        std::make_unique<Recorder>(seen));
    TlsClient client(std::move(pair.client));
    CHECK_FALSE(client.connected());
    for (int i = 0; i < 5; ++i) bench.worker.tick();
    CHECK_FALSE(client.connected());
    REQUIRE(bench.tick_until([&] {
      narrow.refill();
      return client.connected();
    }));
    bench.worker.worker().connections().abort_all();
    bench.worker.tick();
  }

  TEST_CASE("bytes that came with the end of a handshake are not forgotten while reading pauses") {
    Bench bench;
    bench.seen.connection->pause_reading();
    bench.seen.connection->send("welcome");
    bench.worker.tick();
    TlsClient& client = bench.shake_hands({.version = TLS1_3_VERSION});
    client.write("eager");
    REQUIRE(bench.tick_until([&] {
      client.read();
      return client.received == "welcome";
    }));
    CHECK(bench.seen.bytes.empty());
    bench.seen.connection->resume_reading();
    CHECK(bench.tick_until([&] { return bench.seen.bytes == "eager"; }));
  }

  TEST_CASE("a peer that makes us answer without reading is cut off") {
    Bench bench;
    TlsClient& client = bench.shake_hands({.version = TLS1_3_VERSION});
    bench.seen.connection->send(pattern(std::size_t{9} << 20));
    REQUIRE(bench.tick_until([&] { return bench.seen.connection->write_blocked(); }));
    REQUIRE(bench.tick_until([&] {
      for (int i = 0; i < 50; ++i) {
        SSL_key_update(client.ssl(), SSL_KEY_UPDATE_REQUESTED);
        client.write("x");
      }
      return !bench.seen.closed.empty();
    }));
    CHECK(bench.seen.closed == std::vector{EndReason::PeerGone});
  }
}

}  // namespace chatd::net
