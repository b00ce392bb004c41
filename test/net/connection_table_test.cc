#include "net/connection_table.h"

#include "net/recorder.h"
#include "support/test_worker.h"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

namespace chatd::net {
namespace {

using test::Recorder;
using test::Scripted;
using test::Seen;
using test::TestWorker;

}  // namespace

TEST_SUITE("net") {
  TEST_CASE("shutting down tells each protocol, and aborting ends what is left") {
    Seen seen;
    TestWorker worker;
    const auto peer = worker.connect(std::make_unique<Recorder>(seen));
    worker.worker().connections().shut_down();
    CHECK(seen.shut_down == 1);
    worker.worker().connections().abort_all();
    worker.settle();
    CHECK(seen.closed == std::vector{EndReason::Aborted});
    CHECK(worker.worker().connections().count() == 0);
  }

  TEST_CASE("an id finds its connection, and nothing once it is buried") {
    Seen seen;
    Seen next;
    TestWorker worker;
    const auto peer = worker.connect(std::make_unique<Recorder>(seen));
    const ConnId id = seen.connection->id();
    CHECK(worker.worker().connections().find(id) == seen.connection);
    seen.connection->abort();
    worker.settle();
    CHECK(worker.worker().connections().find(id) == nullptr);
    const auto other = worker.connect(std::make_unique<Recorder>(next));
    CHECK(next.connection->id().slot == id.slot);
    CHECK(worker.worker().connections().find(id) == nullptr);
    CHECK(peer->disconnected);
  }

  TEST_CASE("ending others from the last call buries them too, and sending to them is in vain") {
    Seen first;
    Seen second;
    TestWorker worker;
    auto protocol = std::make_unique<Scripted>(first);
    protocol->closed = [&] {
      first.connection->send("into the void");
      first.connection->abort();
      second.connection->send("also");
      second.connection->abort();
    };
    const auto peer = worker.connect(std::move(protocol));
    const auto other = worker.connect(std::make_unique<Recorder>(second));
    first.connection->abort();
    worker.tick();
    CHECK(first.closed.size() == 1);
    CHECK(second.closed == std::vector{EndReason::Aborted});
    CHECK(worker.worker().connections().count() == 0);
    worker.settle();
    CHECK(other->received.empty());
  }

  TEST_CASE("what the last call of one gives another to send goes out without new events") {
    Seen first;
    Seen second;
    TestWorker worker;
    auto protocol = std::make_unique<Scripted>(first);
    protocol->closed = [&second] { second.connection->send("gone"); };
    const auto peer = worker.connect(std::move(protocol));
    const auto other = worker.connect(std::make_unique<Recorder>(second));
    first.connection->abort();
    worker.tick();
    worker.worker().tick();  // sleeps for ever if nobody keeps it awake
    CHECK(other->take() == "gone");
  }

  TEST_CASE("ids of many tenants of a slot are all told apart") {
    TestWorker worker;
    std::vector<ConnId> ids;
    for (int tenant = 0; tenant < 20; ++tenant) {
      Seen seen;
      worker.connect(std::make_unique<Recorder>(seen));
      for (const ConnId id : ids) CHECK(worker.worker().connections().find(id) == nullptr);
      ids.push_back(seen.connection->id());
      CHECK(worker.worker().connections().find(ids.back()) == seen.connection);
      seen.connection->abort();
      worker.tick();
    }
    CHECK(worker.worker().connections().find({.worker = 1}) == nullptr);
    CHECK(worker.worker().connections().find({.slot = 999}) == nullptr);
  }

  TEST_CASE("a connection that ends in its first call is buried like any other") {
    class Refusing final : public Recorder {
     public:
      using Recorder::Recorder;
      void on_attach(Connection& connection) override { connection.abort(); }
    };
    Seen seen;
    TestWorker worker;
    const auto peer = worker.connect(std::make_unique<Refusing>(seen));
    CHECK(worker.worker().connections().count() == 1);
    worker.tick();
    CHECK(seen.closed == std::vector{EndReason::Aborted});
    CHECK(peer->disconnected);
    CHECK(worker.worker().connections().count() == 0);
  }

  TEST_CASE("those that are leaving already are not told of a shutdown") {
    Seen staying;
    Seen leaving;
    TestWorker worker;
    const auto peer = worker.connect(std::make_unique<Recorder>(staying));
    const auto other = worker.connect(std::make_unique<Recorder>(leaving));
    leaving.connection->finish();
    worker.worker().connections().shut_down();
    CHECK(staying.shut_down == 1);
    CHECK(leaving.shut_down == 0);
  }
}

}  // namespace chatd::net
