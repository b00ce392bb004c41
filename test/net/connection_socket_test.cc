// A connection on real sockets.
#include "net/connection.h"
#include "net/loopback.h"
#include "net/recorder.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

namespace chatd::net {
namespace {

using std::chrono::milliseconds;
using test::RealWorker;
using test::Recorder;
using test::Scripted;
using test::Seen;

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  return bytes;
}

// True if the worker, left alone, sleeps: a descriptor that is ready again and again would not let
// it.
bool comes_to_rest(RealWorker& worker) {
  const int before = worker.ticks();
  worker.run_for(milliseconds{60});
  return worker.ticks() - before < 60;
}

}  // namespace

TEST_SUITE("net") {
  TEST_CASE("a slow reader gets every byte, and its writer sleeps meanwhile") {
    Seen seen;
    RealWorker worker(ConnectionLimits{.outbox_bytes = std::size_t{64} << 20});
    const UniqueFd client = worker.connect(std::make_unique<Recorder>(seen));
    const std::string bytes = pattern(std::size_t{12} << 20);
    seen.connection->send(SharedBuffer::of(bytes));
    REQUIRE(worker.tick_until([&] { return seen.connection->write_blocked(); }));
    CHECK(comes_to_rest(worker));
    CHECK(seen.connection->backlog() > 0);
    std::string received;
    const auto all_there = [&] {
      received += test::receive_now(client.get()).bytes;
      return received.size() == bytes.size();
    };
    REQUIRE(worker.tick_until(all_there));
    CHECK(received == bytes);
    CHECK(worker.tick_until([&] { return seen.drained == 1; }));
    CHECK(comes_to_rest(worker));
  }

  TEST_CASE("a file goes straight into the socket, from any offset, as far as there is room") {
    std::string name = (std::filesystem::temp_directory_path() / "chatd-test-XXXXXX").string();
    const UniqueFd file(::mkstemp(name.data()));
    ::unlink(name.c_str());
    const std::string bytes = pattern(std::size_t{8} << 20);
    REQUIRE(::write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));

    constexpr std::uint64_t kFrom = 12'345;
    std::uint64_t at = kFrom;
    Seen seen;
    auto protocol = std::make_unique<Scripted>(seen);
    protocol->drained = [&] {
      if (at == bytes.size()) return;
      const auto sent = seen.connection->send_file(file.get(), at, bytes.size() - at);
      REQUIRE(sent);
      at += *sent;
    };
    RealWorker worker;
    const UniqueFd client = worker.connect(std::move(protocol));
    CHECK(seen.connection->sends_files());
    seen.connection->send("head");
    REQUIRE(worker.tick_until([&] { return seen.connection->write_blocked(); }));
    CHECK(comes_to_rest(worker));
    std::string received;
    const auto all_there = [&] {
      received += test::receive_now(client.get()).bytes;
      return received.size() == 4 + bytes.size() - kFrom;
    };
    REQUIRE(worker.tick_until(all_there));
    CHECK(received == "head" + bytes.substr(kFrom));
    CHECK(comes_to_rest(worker));
  }

  TEST_CASE("a file that ends early is told from a socket that is full") {
    std::string name = (std::filesystem::temp_directory_path() / "chatd-test-XXXXXX").string();
    const UniqueFd file(::mkstemp(name.data()));
    ::unlink(name.c_str());
    Seen seen;
    std::optional<std::size_t> sent = 1;
    auto protocol = std::make_unique<Scripted>(seen);
    protocol->drained = [&] { sent = seen.connection->send_file(file.get(), 0, 10); };
    RealWorker worker;
    const UniqueFd client = worker.connect(std::move(protocol));
    seen.connection->send("head");
    REQUIRE(worker.tick_until([&] { return seen.drained == 1; }));
    CHECK_FALSE(sent);
  }

  TEST_CASE("a large request arrives whole, also to a protocol that pauses again and again") {
    Seen seen;
    RealWorker worker;
    auto protocol = std::make_unique<Scripted>(seen);
    protocol->data = [&seen](std::span<char> bytes) {
      const std::size_t count = std::min<std::size_t>(bytes.size(), 50'000);
      seen.bytes.append(bytes.data(), count);
      seen.connection->pause_reading();
      return count;
    };
    const UniqueFd client = worker.connect(std::move(protocol));
    const std::string bytes = pattern(std::size_t{3} << 20);
    std::thread sender([&] { test::send_all(client.get(), bytes); });
    const bool arrived = worker.tick_until([&] {
      seen.connection->resume_reading();
      return seen.bytes.size() == bytes.size();
    });
    sender.join();
    CHECK(arrived);
    CHECK(seen.bytes == bytes);
  }

  TEST_CASE("a peer that ends its direction is answered still") {
    Seen seen;
    RealWorker worker;
    auto protocol = std::make_unique<Scripted>(seen);
    protocol->ended = [&seen] {
      seen.connection->send("heard " + seen.bytes);
      seen.connection->finish();
    };
    const UniqueFd client = worker.connect(std::move(protocol));
    test::send_all(client.get(), "question");
    ::shutdown(client.get(), SHUT_WR);
    REQUIRE(worker.tick_until([&] { return !seen.closed.empty(); }));
    CHECK(seen.closed == std::vector{EndReason::Finished});
    CHECK(test::receive(client.get()) == "heard question");
  }

  TEST_CASE("a half-closed connection sleeps until there is something to say") {
    Seen seen;
    RealWorker worker;
    const UniqueFd client = worker.connect(std::make_unique<Recorder>(seen));
    ::shutdown(client.get(), SHUT_WR);
    REQUIRE(worker.tick_until([&] { return seen.ended == 1; }));
    CHECK(comes_to_rest(worker));
    seen.connection->send("late");
    worker.tick();
    CHECK(test::receive(client.get(), 4) == "late");
  }

  TEST_CASE("an end that arrives while reading is paused waits, and does not spin") {
    Seen seen;
    RealWorker worker;
    const UniqueFd client = worker.connect(std::make_unique<Recorder>(seen));
    seen.connection->pause_reading();
    test::send_all(client.get(), "last words");
    ::shutdown(client.get(), SHUT_WR);
    CHECK(comes_to_rest(worker));
    CHECK(seen.ended == 0);
    seen.connection->resume_reading();
    REQUIRE(worker.tick_until([&] { return seen.ended == 1; }));
    CHECK(seen.bytes == "last words");
  }

  TEST_CASE("a reset ends a connection, whatever it was doing") {
    enum class Doing { Reading, Paused, Ended, Writing };
    for (const Doing doing : {Doing::Reading, Doing::Paused, Doing::Ended, Doing::Writing}) {
      CAPTURE(static_cast<int>(doing));
      Seen seen;
      RealWorker worker(ConnectionLimits{.outbox_bytes = std::size_t{64} << 20});
      UniqueFd client = worker.connect(std::make_unique<Recorder>(seen));
      if (doing == Doing::Paused) seen.connection->pause_reading();
      if (doing == Doing::Ended) {
        ::shutdown(client.get(), SHUT_WR);
        REQUIRE(worker.tick_until([&] { return seen.ended == 1; }));
      }
      if (doing == Doing::Writing) {
        seen.connection->send(std::string(std::size_t{16} << 20, 'x'));
        REQUIRE(worker.tick_until([&] { return seen.connection->write_blocked(); }));
      }
      test::reset_on_close(client.get());
      client.reset();
      REQUIRE(worker.tick_until([&] { return !seen.closed.empty(); }));
      CHECK(seen.closed == std::vector{EndReason::PeerGone});
    }
  }

  TEST_CASE("last words reach a peer that is still talking") {
    Seen seen;
    RealWorker worker;
    const UniqueFd client = worker.connect(std::make_unique<Recorder>(seen));
    seen.connection->send("go away");
    seen.connection->finish();
    for (int i = 0; i < 20; ++i) {
      test::send_all(client.get(), std::string(1000, 'x'));
      worker.tick();
    }
    // Closing at once would have made the system answer those with RST, which overtakes our bytes.
    CHECK(test::receive(client.get()) == "go away");
    ::shutdown(client.get(), SHUT_WR);
    CHECK(worker.tick_until([&] { return !seen.closed.empty(); }));
    CHECK(seen.bytes.empty());
  }

  TEST_CASE("a finished connection whose peer stays is closed after the linger time") {
    Seen seen;
    RealWorker worker(ConnectionLimits{.linger = milliseconds{30}});
    const UniqueFd client = worker.connect(std::make_unique<Recorder>(seen));
    seen.connection->finish();
    REQUIRE(worker.tick_until([&] { return !seen.closed.empty(); }));
    CHECK(seen.closed == std::vector{EndReason::Finished});
    CHECK(test::receive(client.get()).empty());
  }

  TEST_CASE("the peer's address is told while it is there") {
    Seen seen;
    RealWorker worker;
    const UniqueFd client = worker.connect(std::make_unique<Recorder>(seen));
    CHECK(seen.connection->peer_address() == "127.0.0.1");
    CHECK_FALSE(seen.connection->secure());
  }

  TEST_CASE("TCP_NODELAY is on until it is told off") {
    Seen seen;
    RealWorker worker;
    test::TcpPair pair = test::tcp_pair();
    const int fd = pair.server.get();
    worker.add(std::move(pair.server), std::make_unique<Recorder>(seen));
    CHECK(test::nodelay_of(fd) == 1);
    seen.connection->set_nodelay(Nodelay::Off);
    CHECK(test::nodelay_of(fd) == 0);
    seen.connection->set_nodelay(Nodelay::On);
    CHECK(test::nodelay_of(fd) == 1);
  }

  TEST_CASE("a connection may be a Unix socket") {
    Seen seen;
    RealWorker worker;
    auto [server, client] = test::local_pair();
    worker.add(std::move(server), std::make_unique<Recorder>(seen));
    test::send_all(client.get(), "hello");
    REQUIRE(worker.tick_until([&] { return seen.bytes == "hello"; }));
    CHECK(seen.connection->peer_address().empty());
    client.reset();
    REQUIRE(worker.tick_until([&] { return !seen.closed.empty(); }));
    CHECK(seen.ended == 1);
  }
}

}  // namespace chatd::net
