#include "net/listener.h"

#include "net/loopback.h"
#include "net/per_worker.h"
#include "net/tls_client.h"
#include "support/proxy_header.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>

namespace chatd::net {
namespace {

using std::chrono::milliseconds;
using test::RealWorker;

class Echo final : public Protocol {
 public:
  void on_attach(Connection& connection) override { connection_ = &connection; }
  std::size_t on_data(std::span<char> bytes) override {
    connection_->send(std::string_view(bytes.data(), bytes.size()));
    return bytes.size();
  }
  void on_end() override { connection_->finish(); }
  void on_shutdown() override { connection_->finish(); }
  void on_close(EndReason) override {}

 private:
  Connection* connection_ = nullptr;
};

class EchoFactory final : public ProtocolFactory {
 public:
  std::unique_ptr<Protocol> make_protocol(Worker&) override { return std::make_unique<Echo>(); }
};

// A listener on the test's own loop, and a pool of workers that run.
class Bench {
 public:
  explicit Bench(std::size_t max_connections = 1000, const Entrance& entrance = {}) {
    auto socket = listen_tcp("127.0.0.1", 0);
    listener = std::make_unique<Listener>(control.worker(), *socket, pool, factory_,
                                          max_connections, entrance);
    pool.start();
  }

  // True once the client has been answered; the control loop runs meanwhile.
  bool echoes(const UniqueFd& client) {
    test::send_all(client.get(), "ping");
    std::string received;
    return control.tick_until([&] {
      received += test::receive_now(client.get()).bytes;
      return received == "ping";
    });
  }

 private:
  const SystemTime time_;
  EchoFactory factory_;

 public:
  RealWorker control;
  WorkerPool pool{2, ConnectionLimits{}, time_};
  std::unique_ptr<Listener> listener;
};

// While it lives, the process cannot open a further descriptor.
class NoDescriptorsLeft {
 public:
  NoDescriptorsLeft() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit now = before_;
    now.rlim_cur = 0;  // what is open stays open
    ::setrlimit(RLIMIT_NOFILE, &now);
  }
  NoDescriptorsLeft(const NoDescriptorsLeft&) = delete;
  NoDescriptorsLeft& operator=(const NoDescriptorsLeft&) = delete;
  ~NoDescriptorsLeft() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

// A socket that connects without a further descriptor, later.
class LateClient {
 public:
  void connect(const Listener& listener) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    ::getsockname(listener.fd(), reinterpret_cast<sockaddr*>(&address), &size);
    REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  }
  const UniqueFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
};

}  // namespace

TEST_SUITE("net") {
  TEST_CASE("peers are accepted and handed to the workers evenly") {
    Bench bench;
    std::vector<UniqueFd> clients;
    for (int i = 0; i < 10; ++i) {
      clients.push_back(test::connect_to(bench.listener->fd()));
      REQUIRE(bench.echoes(clients.back()));
    }
    CHECK(bench.pool[0].load() == 5);
    CHECK(bench.pool[1].load() == 5);
  }

  TEST_CASE("workers that all accept share the peers evenly; once all stop, peers are refused") {
    const SystemTime time;
    EchoFactory factory;
    WorkerPool pool(3, ConnectionLimits{}, time);
    auto socket = listen_tcp("127.0.0.1", 0);
    const std::uint16_t port = local_port(socket->get());
    PerWorker<Listener> listeners(pool, *socket, pool, factory, std::size_t{1000}, Entrance{});
    socket->reset();
    pool.start();
    std::vector<UniqueFd> clients;
    for (int i = 0; i < 9; ++i) {
      clients.push_back(test::connect_ipv4(port));
      test::send_all(clients.back().get(), "ping");
      REQUIRE(test::receive(clients.back().get(), 4) == "ping");
    }
    for (std::size_t worker = 0; worker < pool.size(); ++worker) CHECK(pool[worker].load() == 3);

    listeners.post_each([](Listener& listener) { listener.stop(); });
    pool.drain(milliseconds{1000});
    CHECK_THROWS(test::connect_ipv4(port));
  }

  TEST_CASE("a listener that has stopped accepts nobody, whether it was at rest or not") {
    for (const std::size_t limit : {0, 1000}) {
      Bench bench(limit);
      const UniqueFd still_listens(::fcntl(bench.listener->fd(), F_DUPFD_CLOEXEC, 0));
      const UniqueFd client = test::connect_to(still_listens.get());
      bench.control.run_for(milliseconds{5});
      const std::size_t served = std::min<std::size_t>(limit, 1);
      CHECK(bench.pool.connection_count() == served);
      bench.listener->stop();
      CHECK(bench.listener->fd() < 0);
      const UniqueFd late = test::connect_to(still_listens.get());
      bench.control.run_for(milliseconds{60});
      CHECK(bench.pool.connection_count() == served);
      bench.listener->stop();
    }
  }

  TEST_CASE("more peers than one tick accepts all get in") {
    Bench bench;
    std::vector<UniqueFd> clients;
    for (int i = 0; i < 150; ++i) clients.push_back(test::connect_to(bench.listener->fd()));
    CHECK(bench.control.tick_until([&] { return bench.pool.connection_count() == 150; }));
  }

  TEST_CASE("peers beyond the limit wait until one leaves") {
    Bench bench(2);
    std::vector<UniqueFd> clients;
    for (int i = 0; i < 3; ++i) clients.push_back(test::connect_to(bench.listener->fd()));
    REQUIRE(bench.echoes(clients[0]));
    REQUIRE(bench.echoes(clients[1]));
    test::send_all(clients[2].get(), "ping");
    const int ticks = bench.control.ticks();
    bench.control.run_for(milliseconds{60});
    CHECK(bench.control.ticks() - ticks < 60);
    CHECK(test::receive_now(clients[2].get()).bytes.empty());
    CHECK(bench.pool.connection_count() == 2);
    clients[0].reset();
    std::string received;
    CHECK(bench.control.tick_until([&] {
      received += test::receive_now(clients[2].get()).bytes;
      return received == "ping";
    }));
  }

  TEST_CASE("where proxies bring the peers, whoever is no proxy is closed at once") {
    const ProxyPeers proxies({*Network::parse("127.0.0.0/8")});
    Bench bench(1000, {.proxies = &proxies});
    const UniqueFd client = test::connect_to(bench.listener->fd());
    test::send_all(client.get(), test::proxy_header_from("203.0.113.9"));
    CHECK(bench.echoes(client));

    const ProxyPeers others({*Network::parse("10.0.0.0/8")});
    Bench closed(1000, {.proxies = &others});
    const UniqueFd stranger = test::connect_to(closed.listener->fd());
    CHECK(closed.control.tick_until([&] { return test::receive_now(stranger.get()).ended; }));
    CHECK(closed.control.tick_until([&] { return closed.pool.connection_count() == 0; }));
  }

  TEST_CASE("a proxy's header comes before TLS") {
    const test::TemporaryFolder folder;
    TlsContextSlot slot(*TlsContext::load({test::make_certificate_files(folder, "a.test")}));
    const ProxyPeers proxies({});
    Bench bench(1000, {.tls = &slot, .proxies = &proxies});
    UniqueFd socket = test::connect_to(bench.listener->fd());
    test::send_all(socket.get(), test::proxy_header_from("203.0.113.9", "some tlvs"));
    test::TlsClient client(std::move(socket));
    REQUIRE(bench.control.tick_until([&] { return client.connected(); }));
    client.write("ping");
    CHECK(bench.control.tick_until([&] {
      client.read();
      return client.received == "ping";
    }));
    // Who begins with TLS is no proxy.
    test::TlsClient hasty(test::connect_to(bench.listener->fd()));
    CHECK(bench.control.tick_until([&] { return !hasty.connected() && hasty.failed; }));
  }

  TEST_CASE("out of descriptors it keeps serving, does not spin, and accepts when there are some") {
    Bench bench;
    const UniqueFd served = test::connect_to(bench.listener->fd());
    REQUIRE(bench.echoes(served));
    std::array<LateClient, 2> late;
    {
      const NoDescriptorsLeft none;
      REQUIRE(::fcntl(served.get(), F_DUPFD, 0) < 0);
      for (LateClient& client : late) client.connect(*bench.listener);
      const int ticks = bench.control.ticks();
      bench.control.run_for(milliseconds{120});
      CHECK(bench.control.ticks() - ticks < 120);
      CHECK(bench.echoes(served));
      CHECK(bench.pool.connection_count() == 1);
    }
    for (const LateClient& client : late) CHECK(bench.echoes(client.fd));
    CHECK(bench.pool.connection_count() == 3);
  }

  TEST_CASE("with certificates it speaks TLS, those of the moment in which a peer comes") {
    const test::TemporaryFolder folder;
    auto context = TlsContext::load({test::make_certificate_files(folder, "a.test")});
    REQUIRE(context);
    TlsContextSlot slot(*std::move(context));
    Bench bench(1000, {.tls = &slot});
    const auto meet = [&bench] {
      auto client = std::make_unique<test::TlsClient>(test::connect_to(bench.listener->fd()));
      REQUIRE(bench.control.tick_until([&] { return client->connected(); }));
      return client;
    };
    const auto answers = [&bench](test::TlsClient& client) {
      client.received.clear();
      client.write("ping");
      return bench.control.tick_until([&] {
        client.read();
        return client.received == "ping";
      });
    };
    const auto before = meet();
    CHECK(before->server_name() == "a.test");
    CHECK(answers(*before));
    REQUIRE(slot.reload({test::make_certificate_files(folder, "b.test")}));
    const auto after = meet();
    CHECK(after->server_name() == "b.test");
    CHECK(answers(*after));
    CHECK(answers(*before));
  }
}

}  // namespace chatd::net
