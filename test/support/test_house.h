#pragma once
// TestHouse: a Hub on workers whose ticks and clock the test turns by hand. Its guests are members
// with fake peers, so that a test says how fast each of them reads.

#include "chat/hub.h"
#include "chat/listener.h"
#include "net/worker.h"
#include "support/fake_transport.h"
#include "support/manual_time.h"
#include "ws/deflate.h"
#include "ws/session.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chatd::test {

// A member's socket, as the test sees it.
struct Guest {
  std::shared_ptr<FakePeer> peer;
  ws::Session* session = nullptr;
  std::unique_ptr<chat::Listener> listener;
  chat::Departure departure = chat::Departure::Final;  // when it closes
  bool closed = false;

  // The text messages that have arrived whole since the last call.
  std::vector<std::string> hear() {
    std::vector<std::string> messages;
    unread += peer->take();
    while (unread.size() >= 2) {
      std::size_t header = 2;
      std::size_t size = static_cast<unsigned char>(unread[1]);
      if (size == 126) {
        header = 4;
        if (unread.size() < header) break;
        size = static_cast<std::size_t>(static_cast<unsigned char>(unread[2])) << 8 |
               static_cast<unsigned char>(unread[3]);
      }
      if (unread.size() < header + size) break;
      if (unread[0] == '\x81') messages.push_back(unread.substr(header, size));
      if (unread[0] == '\xC1') messages.push_back(inflated(unread.substr(header, size)));
      if (unread[0] == '\x88') close_frame = unread.substr(header, size);
      unread.erase(0, header + size);
    }
    return messages;
  }

  static std::string inflated(std::string_view payload) {
    ws::Inflater inflater(ws::kMaxWindowBits, ws::Takeover::No);
    std::string text;
    std::array<char, 4096> bite{};
    for (const std::string_view piece : {payload, ws::Inflater::kEndOfMessage}) {
      inflater.feed(piece);
      for (auto count = inflater.read(bite); count && *count > 0; count = inflater.read(bite)) {
        text.append(bite.data(), *count);
      }
    }
    return text;
  }

  std::string unread;
  std::string close_frame;  // the payload of the Close that came, if one did
};

class TestHouse {
 public:
  explicit TestHouse(std::size_t workers = 1, const chat::HubOptions& options = {})
      : control_(99, {}, time_),
        pool_(workers, {.outbox_bytes = std::size_t{1} << 20}, time_),
        hub_(control_.loop(), pool_, options) {}

  ~TestHouse() {
    for (std::size_t index = 0; index < pool_.size(); ++index) {
      pool_[index].connections().abort_all();
      tick(pool_[index]);
    }
  }

  // One more socket of that member. The guest lives as long as the house.
  Guest& enter(std::uint64_t member, std::string_view nickname, std::size_t worker = 0,
               std::optional<ws::DeflateParams> deflate = std::nullopt) {
    guests_.push_back(std::make_unique<Guest>());
    Guest& guest = *guests_.back();
    guest.peer = std::make_shared<FakePeer>();
    auto sink = std::make_unique<Sink>(hub_, guest, static_cast<chat::MemberId>(member), nickname);
    pool_[worker].connections().add(
        std::make_unique<FakeTransport>(guest.peer),
        std::make_unique<ws::Session>(std::move(sink), pool_[worker].loop().timers(), kOptions,
                                      deflate));
    return guest;
  }

  void say(Guest& guest, std::string_view text) {
    hub_.publish(hub_.lobby(), *guest.listener, nickname_of(guest), text);
  }

  void settle() {
    for (int i = 0; i < 8; ++i) {
      tick(control_);
      for (std::size_t index = 0; index < pool_.size(); ++index) tick(pool_[index]);
    }
  }
  void advance(std::chrono::milliseconds by) {
    constexpr std::chrono::milliseconds kStep{50};
    for (; by.count() > 0; by -= kStep) {
      time_.advance(std::min(by, kStep));
      settle();
    }
  }

  // Turns the clock, and lets each worker notice.
  void pass(std::chrono::nanoseconds time) {
    time_.advance(time);
    for (std::size_t index = 0; index < pool_.size(); ++index) tick(pool_[index]);
  }
  std::chrono::steady_clock::time_point now() const { return time_.steady(); }
  // The server goes away.
  void shut_down() {
    for (std::size_t index = 0; index < pool_.size(); ++index)
      pool_[index].connections().shut_down();
  }
  // From here on a write to anyone who is there takes so long.
  void let_writes_take(std::chrono::nanoseconds time) {
    for (const auto& guest : guests_) {
      guest->peer->on_write = [this, time] { time_.advance(time); };
    }
  }

  chat::Hub& hub() { return hub_; }
  chat::Room& room() { return hub_.lobby(); }

 private:
  // What ChatSocket does, without cookies.
  class Sink final : public ws::MessageSink {
   public:
    Sink(chat::Hub& hub, Guest& guest, chat::MemberId member, std::string_view nickname)
        : hub_(hub), guest_(guest), member_(member), nickname_(nickname) {}

    void on_open(ws::Session& session) override {
      guest_.session = &session;
      guest_.listener = std::make_unique<chat::Listener>(session, member_);
      hub_.join(hub_.lobby(), member_, nickname_, *guest_.listener);
    }
    bool ready() override { return hub_.ready(hub_.lobby(), *guest_.listener); }
    void on_message(std::string_view text, ws::MessageKind) override {
      hub_.publish(hub_.lobby(), *guest_.listener, nickname_, text);
    }
    void on_ping(std::string_view) override {}
    void on_pong(std::string_view) override {}
    void on_close(const ws::CloseInfo&) override {
      guest_.closed = true;
      hub_.leave(hub_.lobby(), member_, *guest_.listener, guest_.departure);
    }

   private:
    chat::Hub& hub_;
    Guest& guest_;
    const chat::MemberId member_;
    const std::string nickname_;
  };

  static std::string nickname_of(const Guest& guest) {
    return "m" + std::to_string(static_cast<std::uint64_t>(guest.listener->member()));
  }
  static void tick(net::Worker& worker) {
    worker.loop().stay_awake();
    worker.tick();
  }

  static constexpr ws::SessionOptions kOptions{};

  ManualTime time_;
  net::Worker control_;
  std::vector<std::unique_ptr<Guest>> guests_;
  net::WorkerPool pool_;
  chat::Hub hub_;
};

}  // namespace chatd::test
