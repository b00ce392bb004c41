#pragma once
// TestWorker: a real Worker whose ticks and clock the test turns by hand, with fake peers.
// Example:
//   TestWorker worker;
//   auto peer = worker.connect(std::make_unique<SomeProtocol>());
//   peer->send("GET / HTTP/1.1\r\n…");
//   worker.settle();
//   CHECK(peer->take() == "…");

#include "net/worker.h"
#include "support/fake_transport.h"
#include "support/manual_time.h"

#include <chrono>
#include <memory>

namespace chatd::test {

class TestWorker {
 public:
  explicit TestWorker(const net::ConnectionLimits& limits = {}) : worker_(0, limits, time_) {}

  std::shared_ptr<FakePeer> connect(std::unique_ptr<net::Protocol> protocol) {
    auto peer = std::make_shared<FakePeer>();
    last_ = worker_.connections().add(std::make_unique<FakeTransport>(peer), std::move(protocol));
    return peer;
  }

  // The connection made last; only while it lives.
  net::Connection& connection() { return *last_; }

  // One tick that does not sleep.
  void tick() {
    worker_.loop().stay_awake();
    worker_.tick();
  }
  // A few ticks: what is under way comes to rest.
  void settle() {
    for (int i = 0; i < 8; ++i) tick();
  }
  // Turns the clock in small steps, so that timers which arm timers get their turns.
  void advance(std::chrono::milliseconds by) {
    constexpr std::chrono::milliseconds kStep{50};
    for (; by > kStep; by -= kStep) {
      time_.advance(kStep);
      tick();
    }
    time_.advance(by);
    settle();
  }

  net::Worker& worker() { return worker_; }
  net::EventLoop& loop() { return worker_.loop(); }
  net::TimerWheel& timers() { return worker_.loop().timers(); }
  ManualTime& time() { return time_; }

 private:
  ManualTime time_;
  net::Worker worker_;
  net::Connection* last_ = nullptr;
};

}  // namespace chatd::test
