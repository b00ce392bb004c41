// A session whose connection reads a FrameLog: what is private goes between whole frames of it, and
// a Close ends it.

#include "ws/frame_log.h"
#include "ws/open_session.h"
#include "ws/prepared_message.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace chatd::ws {
namespace {

using Lines = std::vector<std::string>;

class LogReader final : public net::Feed {
 public:
  explicit LogReader(const FrameLog& log) : log_(log) {}

  std::size_t peek(std::span<iovec> slices, Extent extent) const override {
    const std::uint64_t to = extent == Extent::Frame ? log_.frame_end(cursor_) : log_.head();
    return log_.slices(cursor_, to, slices);
  }
  void advance(std::size_t bytes) override { cursor_ += bytes; }
  bool at_boundary() const override { return log_.frame_end(cursor_) == cursor_; }

 private:
  const FrameLog& log_;
  std::uint64_t cursor_ = 0;
};

struct FedSession : OpenSession {
  FedSession() { open_connection().attach_feed(reader); }

  net::Connection& open_connection() { return session->connection(); }
  void publish(std::string_view text) {
    log.append(PreparedMessage::text(text).frame().view());
    open_connection().wake();
  }

  FrameLog log{1 << 20};
  LogReader reader{log};
};

TEST_SUITE("ws") {
  TEST_CASE("frames of a log and private ones go out whole, whatever the socket takes at a time") {
    for (std::size_t room = 1; room < 40; ++room) {
      CAPTURE(room);
      FedSession open;
      open.peer->write_room = room;
      open.publish("public one");
      open.publish("public two");
      open.worker.tick();
      open.session->send("private", MessageKind::Text);
      open.publish("public three");
      for (int i = 0; i < 80; ++i) {
        open.peer->write_room = room;
        open.peer->signal();
        open.worker.tick();
      }
      Lines said = open.said();
      REQUIRE(said.size() == 4);
      std::erase(said, "text private");
      CHECK(said == Lines{"text public one", "text public two", "text public three"});
    }
  }

  TEST_CASE("a Close behind a frame of a log that is half sent follows its end, and is the last") {
    for (std::size_t sent = 1; sent <= 24; ++sent) {
      CAPTURE(sent);
      FedSession open;
      open.peer->write_room = sent;
      open.publish("public one");
      open.publish("public two");
      open.worker.tick();
      open.session->close(CloseCode::Normal, "");
      open.publish("too late");
      open.peer->write_room = 1'000;
      open.peer->signal();
      open.worker.settle();
      const Lines said = open.said();
      CHECK(said.back() == "close 1000");
      CHECK(said.front() == "text public one");
      CHECK(said.size() == (sent <= 12 ? 2 : 3));
    }
  }

  TEST_CASE("a violation behind a half-sent frame is answered behind its end") {
    FedSession open;
    open.peer->write_room = 3;
    open.publish("public");
    open.worker.tick();
    open.peer->write_room = 1'000;
    open.feed(ClientFrame{.masked = false}.bytes());
    CHECK(open.said() == Lines{"text public", "close 1002 a frame without a mask"});
    CHECK(open.peer->ended);
  }
}

}  // namespace
}  // namespace chatd::ws
