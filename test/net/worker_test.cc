#include "net/worker.h"

#include "net/loopback.h"
#include "net/per_worker.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace chatd::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// What all protocols of a test have seen, from any thread.
struct Tally {
  std::atomic<int> attached{0};
  std::atomic<int> shut_down{0};
  std::atomic<int> closed{0};
  std::atomic<int> closed_elsewhere{0};  // not on the thread of its worker
};

enum class Goodbye { Said, Refused };

// Echoes; says "bye" when the server goes, or does not.
class Echo final : public Protocol {
 public:
  Echo(Tally& tally, Goodbye goodbye) : tally_(tally), goodbye_(goodbye) {}

  void on_attach(Connection& connection) override {
    connection_ = &connection;
    ++tally_.attached;
  }
  std::size_t on_data(std::span<char> bytes) override {
    connection_->send(std::string_view(bytes.data(), bytes.size()));
    return bytes.size();
  }
  void on_end() override { connection_->finish(); }
  void on_shutdown() override {
    ++tally_.shut_down;
    if (goodbye_ == Goodbye::Refused) return;
    connection_->send("bye");
    connection_->finish();
  }
  void on_close(EndReason) override {
    ++tally_.closed;
    if (!connection_->loop().here()) ++tally_.closed_elsewhere;
  }

 private:
  Tally& tally_;
  const Goodbye goodbye_;
  Connection* connection_ = nullptr;
};

class EchoFactory final : public ProtocolFactory {
 public:
  EchoFactory(Tally& tally, Goodbye goodbye) : tally_(tally), goodbye_(goodbye) {}
  std::unique_ptr<Protocol> make_protocol(Worker&) override {
    return std::make_unique<Echo>(tally_, goodbye_);
  }

 private:
  Tally& tally_;
  const Goodbye goodbye_;
};

// A pool that runs, and clients of it.
class Bench {
 public:
  explicit Bench(std::size_t workers, Goodbye goodbye = Goodbye::Said)
      : factory_(tally, goodbye), pool(workers, ConnectionLimits{}, time_) {
    pool.start();
  }

  UniqueFd connect() {
    test::TcpPair pair = test::tcp_pair();
    pool.least_loaded().adopt(std::move(pair.server), factory_);
    return std::move(pair.client);
  }

  Tally tally;

 private:
  const SystemTime time_;
  EchoFactory factory_;

 public:
  WorkerPool pool;
};

bool echoes(const UniqueFd& client) {
  test::send_all(client.get(), "ping");
  return test::receive(client.get(), 4) == "ping";
}

}  // namespace

TEST_SUITE("net") {
  TEST_CASE("who comes before the workers have begun waits for their threads") {
    Tally tally;
    EchoFactory factory(tally, Goodbye::Said);
    const SystemTime time;
    WorkerPool pool(2, ConnectionLimits{}, time);
    test::TcpPair pair = test::tcp_pair();
    pool[1].adopt(std::move(pair.server), factory);
    CHECK(pool[1].load() == 1);
    CHECK(pool[1].connections().count() == 0);
    pool.start();
    CHECK(echoes(pair.client));
  }

  TEST_CASE("a burst of arrivals is spread evenly although no worker has seen one yet") {
    Tally tally;
    EchoFactory factory(tally, Goodbye::Said);
    const SystemTime time;
    WorkerPool pool(4, ConnectionLimits{}, time);
    std::vector<UniqueFd> clients;
    for (int i = 0; i < 20; ++i) {
      test::TcpPair pair = test::tcp_pair();
      pool.least_loaded().adopt(std::move(pair.server), factory);
      clients.push_back(std::move(pair.client));
    }
    for (std::size_t index = 0; index < pool.size(); ++index) CHECK(pool[index].load() == 5);
    CHECK(pool.connection_count() == 20);
    pool.start();
    for (const UniqueFd& client : clients) CHECK(echoes(client));
  }

  TEST_CASE("draining says goodbye, ends when all have left and is quick about it") {
    Bench bench(2);
    std::vector<UniqueFd> clients;
    for (int i = 0; i < 6; ++i) clients.push_back(bench.connect());
    for (const UniqueFd& client : clients) REQUIRE(echoes(client));
    const auto leaving = std::async(std::launch::async, [&clients] {
      int heard = 0;
      for (UniqueFd& client : clients) {
        heard += test::receive(client.get()) == "bye";
        client.reset();
      }
      return heard;
    });
    const auto begin = std::chrono::steady_clock::now();
    bench.pool.drain(seconds{20});
    CHECK(std::chrono::steady_clock::now() - begin < seconds{10});
    CHECK(bench.tally.shut_down == 6);
    CHECK(bench.tally.closed == 6);
    CHECK(bench.tally.closed_elsewhere == 0);
    leaving.wait();
  }

  TEST_CASE("draining ends those that stay when its time is over") {
    Bench bench(2, Goodbye::Refused);
    const UniqueFd client = bench.connect();
    REQUIRE(echoes(client));
    const auto begin = std::chrono::steady_clock::now();
    bench.pool.drain(milliseconds{50});
    CHECK(std::chrono::steady_clock::now() - begin >= milliseconds{50});
    CHECK(bench.tally.shut_down == 1);
    CHECK(bench.tally.closed == 1);
    CHECK(test::receive(client.get()).empty());
  }

  TEST_CASE("a socket that arrives at a draining worker is closed") {
    Bench bench(1, Goodbye::Refused);
    const UniqueFd stays = bench.connect();
    REQUIRE(echoes(stays));
    bench.pool[0].drain(milliseconds{100});
    const UniqueFd late = bench.connect();
    CHECK(test::receive(late.get()).empty());
    CHECK(bench.tally.attached == 1);
    bench.pool.drain(milliseconds{10});
    CHECK(bench.tally.shut_down == 1);  // told once, though drained twice
  }

  TEST_CASE("connections of a stopped pool are ended on their own threads") {
    Tally* tally = nullptr;
    std::vector<UniqueFd> clients;
    auto bench = std::make_unique<Bench>(2);
    tally = &bench->tally;
    for (int i = 0; i < 4; ++i) clients.push_back(bench->connect());
    for (const UniqueFd& client : clients) REQUIRE(echoes(client));
    for (std::size_t index = 0; index < bench->pool.size(); ++index) bench->pool[index].stop();
    for (const UniqueFd& client : clients) CHECK(test::receive(client.get()).empty());
    bench->pool.drain(seconds{1});
    CHECK(tally->closed == 4);
    CHECK(tally->closed_elsewhere == 0);
  }

  TEST_CASE("a pool that never started is taken down like any other") {
    const SystemTime time;
    WorkerPool pool(3, ConnectionLimits{}, time);
    CHECK(pool.size() == 3);
    CHECK(pool.connection_count() == 0);
  }

  TEST_CASE("what is posted to each worker arrives everywhere in the same order") {
    const SystemTime time;
    WorkerPool pool(3, ConnectionLimits{}, time);
    struct Local {
      Local(Worker& owner, std::string start) : worker(owner), heard(std::move(start)) {}
      Worker& worker;
      std::string heard;
    };
    PerWorker<Local> locals(pool, "!");
    CHECK(locals.size() == 3);
    pool.start();
    for (char c = 'a'; c <= 'z'; ++c) locals.post_each([c](Local& local) { local.heard += c; });
    locals.post_to(1, [note = std::make_unique<char>('1')](Local& local) { local.heard += *note; });
    std::vector<std::string> heard(3);
    std::vector<std::promise<void>> done(3);
    locals.post_each([&](Local& local) {
      heard[local.worker.index()] = locals.local(local.worker.index()).heard;
      done[local.worker.index()].set_value();
    });
    for (auto& promise : done) promise.get_future().wait();
    CHECK(heard == std::vector<std::string>{"!abcdefghijklmnopqrstuvwxyz",
                                            "!abcdefghijklmnopqrstuvwxyz1",
                                            "!abcdefghijklmnopqrstuvwxyz"});
    pool.drain(milliseconds{100});
  }

  TEST_CASE("two that post to each worker under one lock are heard in one order everywhere") {
    const SystemTime time;
    WorkerPool pool(2, ConnectionLimits{}, time);
    struct Local {
      explicit Local(Worker&) {}
      std::vector<int> heard;
    };
    PerWorker<Local> locals(pool);
    pool.start();
    Mutex mutex;
    std::vector<std::thread> posters;
    for (int poster = 0; poster < 2; ++poster) {
      posters.emplace_back([&, poster] {
        for (int i = 0; i < 500; ++i) {
          MutexLock lock(mutex);
          locals.post_each(
              [said = poster * 1000 + i](Local& local) { local.heard.push_back(said); });
        }
      });
    }
    for (std::thread& poster : posters) poster.join();
    std::vector<std::vector<int>> heard(2);
    for (std::uint16_t index = 0; index < 2; ++index) {
      locals.post_to(index, [&heard, index](Local& local) { heard[index] = local.heard; });
    }
    pool.drain(milliseconds{100});
    CHECK(heard[0].size() == 1000);
    CHECK(heard[0] == heard[1]);
  }
}

}  // namespace chatd::net
