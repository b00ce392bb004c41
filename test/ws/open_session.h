#pragma once
// OpenSession: a ws::Session on a fake peer, and a sink that writes down what it is told.

#include "net/connection.h"
#include "support/test_worker.h"
#include "ws/client_frame.h"
#include "ws/session.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chatd::ws {

// What the sink was told, and what it does then. Outlives the sink.
struct Diary {
  std::vector<std::string> events;
  int drained = 0;
  std::function<void(Session&)> on_open = [](Session&) {};
  std::function<void(Session&, std::string_view)> on_message = [](Session&, std::string_view) {};
  std::function<bool(Session&)> ready = [](Session&) { return true; };
  CloseInfo closed;

  std::vector<std::string> take() { return std::exchange(events, {}); }
};

class DiarySink final : public MessageSink {
 public:
  explicit DiarySink(Diary& diary) : diary_(diary) {}

  void on_open(Session& session) override {
    session_ = &session;
    diary_.events.push_back("open");
    diary_.on_open(session);
  }
  bool ready() override { return diary_.ready(*session_); }
  void on_message(std::string_view payload, MessageKind kind) override {
    diary_.events.push_back((kind == MessageKind::Text ? "text " : "binary ") +
                            std::string(payload));
    diary_.on_message(*session_, payload);
  }
  void on_ping(std::string_view payload) override {
    diary_.events.push_back("ping " + std::string(payload));
  }
  void on_pong(std::string_view payload) override {
    diary_.events.push_back("pong " + std::string(payload));
  }
  void on_drained() override { ++diary_.drained; }
  void on_close(const CloseInfo& info) override {
    diary_.events.push_back("close " + std::to_string(static_cast<int>(info.code)));
    diary_.closed = info;
  }

 private:
  Diary& diary_;
  Session* session_ = nullptr;
};

// What a server's frames say: "text hello", "pong x", "close 1000 bye". "bad" where they break off.
inline std::vector<std::string> read_server_frames(std::string_view bytes) {
  std::vector<std::string> out;
  while (!bytes.empty()) {
    const auto octet = [&](std::size_t at) {
      return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : std::uint8_t{0};
    };
    std::size_t header = 2;
    std::uint64_t length = octet(1);
    const std::size_t wide = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (wide > 0) length = 0;
    for (; header < 2 + wide; ++header) length = length << 8 | octet(header);
    if (bytes.size() < header + length) return out.push_back("bad"), out;
    const auto payload = std::string(bytes.substr(header, length));
    switch (octet(0)) {
      case 0x81: out.push_back("text " + payload); break;
      case 0x82: out.push_back("binary " + payload); break;
      case 0xC1: out.push_back("deflated text " + payload); break;
      case 0x89: out.push_back("ping " + payload); break;
      case 0x8A: out.push_back("pong " + payload); break;
      case 0x88:
        out.push_back(payload.empty()
                          ? "close"
                          : "close " + std::to_string(octet(header) * 256 + octet(header + 1)));
        if (payload.size() > 2) out.back() += " " + payload.substr(2);
        break;
      default: out.push_back("bad");
    }
    bytes.remove_prefix(header + length);
  }
  return out;
}

struct OpenSession {
  explicit OpenSession(const SessionOptions& session_options = {}, Diary session_diary = {},
                       const net::ConnectionLimits& limits = {},
                       const std::optional<DeflateParams>& deflate = std::nullopt)
      : options(session_options), diary(std::move(session_diary)), worker(limits) {
    auto owned = std::make_unique<Session>(std::make_unique<DiarySink>(diary), worker.timers(),
                                           options, deflate);
    session = owned.get();
    peer = worker.connect(std::move(owned));
    worker.settle();
    diary.events.clear();
  }

  // The peer sends, and all comes to rest.
  OpenSession& feed(std::string_view bytes) {
    peer->send(bytes);
    worker.settle();
    return *this;
  }
  // What the server has sent since the last call.
  std::vector<std::string> said() { return read_server_frames(peer->take()); }
  // What the sink has heard since the last call.
  std::vector<std::string> heard() { return diary.take(); }

  SessionOptions options;
  Diary diary;
  test::TestWorker worker;
  std::shared_ptr<test::FakePeer> peer;
  Session* session = nullptr;  // until the connection ends
};

}  // namespace chatd::ws
