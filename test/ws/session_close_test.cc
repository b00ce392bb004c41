#include "ws/open_session.h"
#include "ws/session.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

namespace chatd::ws {
namespace {

using Lines = std::vector<std::string>;
using std::chrono::milliseconds;

std::string empty_close() { return ClientFrame{.opcode = Opcode::Close}.bytes(); }

TEST_SUITE("ws") {
  TEST_CASE("a peer's Close is answered once with its code, and the connection is finished") {
    OpenSession open;
    open.feed(client_close(CloseCode::GoingAway, "bye"));
    CHECK(open.said() == Lines{"close 1001"});
    CHECK(open.peer->ended);
    CHECK(open.heard() == Lines{"close 1001"});
    CHECK(open.diary.closed.reason == "bye");
    open.peer->end();
    open.worker.settle();
    CHECK(open.heard().empty());
    CHECK(open.peer->disconnected);
  }

  TEST_CASE("an empty Close is answered with an empty one, and told as 1005") {
    OpenSession open;
    open.feed(empty_close());
    CHECK(open.said() == Lines{"close"});
    CHECK(open.heard() == Lines{"close 1005"});
  }

  TEST_CASE("a Close that arrives byte by byte is a Close") {
    OpenSession open;
    for (const char byte : client_close(CloseCode::Normal, "slowly")) open.feed({&byte, 1});
    CHECK(open.said() == Lines{"close 1000"});
    CHECK(open.diary.closed.reason == "slowly");
  }

  TEST_CASE("what comes behind a Close is ignored") {
    OpenSession open;
    open.feed(client_text("before") + client_close(CloseCode::Normal, "") + client_text("after") +
              "\xFF\xFF");
    open.feed(client_text("later"));
    CHECK(open.heard() == Lines{"text before", "close 1000"});
    CHECK(open.said() == Lines{"close 1000"});
  }

  TEST_CASE("every code that may be sent is echoed") {
    for (const int code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
                           3000, 3999, 4000, 4999}) {
      OpenSession open;
      open.feed(client_close(static_cast<CloseCode>(code), ""));
      CHECK(open.said() == Lines{"close " + std::to_string(code)});
    }
  }

  TEST_CASE("a Close with a code that may not be sent is answered with 1002") {
    for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
      CAPTURE(code);
      OpenSession open;
      open.feed(client_close(static_cast<CloseCode>(code), ""));
      CHECK(open.said() == Lines{"close 1002 a close code that may not be sent"});
      CHECK(open.heard() == Lines{"close 1006"});
    }
  }

  TEST_CASE("a Close with a reason that is not UTF-8 is answered with 1007") {
    OpenSession open;
    open.feed(client_close(CloseCode::Normal, "\xED\xA0\x80"));
    CHECK(open.said() == Lines{"close 1007 a close reason that is not UTF-8"});
  }

  TEST_CASE("a violation is answered with its code, and nothing behind it is heard") {
    OpenSession open;
    open.feed(client_text("fine") + ClientFrame{.payload = "x", .masked = false}.bytes() +
              client_text("never"));
    CHECK(open.heard() == Lines{"text fine", "close 1006"});
    CHECK(open.said() == Lines{"close 1002 a frame without a mask"});
    CHECK(open.peer->ended);
    CHECK(open.diary.closed.reason == "a frame without a mask");
  }

  TEST_CASE("a text that is not UTF-8 is answered with 1007 before it has arrived") {
    OpenSession open;
    open.feed(client_text("good \xFF" + std::string(1'000, 'x')).substr(0, 20));
    CHECK(open.said() == Lines{"close 1007 a text that is not UTF-8"});
    CHECK(open.heard() == Lines{"close 1006"});
  }

  TEST_CASE("our Close stops both directions, and ends when the peer's comes") {
    OpenSession open;
    open.session->send("last words", MessageKind::Text);
    open.session->close(CloseCode::PolicyViolation, "too loud");
    CHECK(open.session->closing());
    CHECK_FALSE(open.session->send("more", MessageKind::Text));
    CHECK_FALSE(open.session->ping("more"));
    open.session->close(CloseCode::Normal, "again");
    open.worker.settle();
    CHECK(open.said() == Lines{"text last words", "close 1008 too loud"});
    CHECK_FALSE(open.peer->ended);
    open.feed(client_text("crossed it") + ClientFrame{.opcode = Opcode::Ping}.bytes());
    CHECK(open.heard().empty());
    CHECK(open.said().empty());
    open.feed(client_close(CloseCode::PolicyViolation, ""));
    CHECK(open.said().empty());
    CHECK(open.peer->ended);
    CHECK(open.heard() == Lines{"close 1008"});
  }

  TEST_CASE("a sink that closes within a message hears no more of what has arrived") {
    Diary diary;
    diary.on_message = [](Session& session, std::string_view) {
      session.close(CloseCode::Normal, "");
    };
    OpenSession open({}, diary);
    open.feed(client_text("one") + client_text("two"));
    CHECK(open.heard() == Lines{"text one"});
    CHECK(open.said() == Lines{"close 1000"});
  }

  TEST_CASE("a sink may close as soon as it is told of the session") {
    Diary diary;
    diary.on_open = [](Session& session) { session.close(CloseCode::TryAgainLater, "full"); };
    OpenSession open({}, diary);
    CHECK(open.said() == Lines{"close 1013 full"});
    open.feed(client_text("x") + client_close(CloseCode::TryAgainLater, ""));
    CHECK(open.peer->ended);
    CHECK(open.heard() == Lines{"close 1013"});
  }

  TEST_CASE("a peer that does not answer our Close is cut off after a while") {
    OpenSession open({.close_timeout = milliseconds{5'000}});
    open.session->close(CloseCode::Normal, "");
    open.worker.advance(milliseconds{4'900});
    open.feed(client_text("still here"));
    CHECK_FALSE(open.peer->disconnected);
    open.worker.advance(milliseconds{200});
    CHECK(open.peer->disconnected);
    CHECK(open.heard() == Lines{"close 1006"});
  }

  TEST_CASE("a violation behind our Close ends the connection without a second Close") {
    OpenSession open;
    open.session->close(CloseCode::Normal, "");
    open.feed(ClientFrame{.opcode = static_cast<Opcode>(3)}.bytes());
    CHECK(open.said() == Lines{"close 1000"});
    CHECK(open.peer->ended);
  }

  TEST_CASE("a paused session that is closed hears the peer's Close") {
    OpenSession open;
    open.session->pause();
    open.feed(client_text("unheard") + client_close(CloseCode::Normal, "me too"));
    open.session->close(CloseCode::Normal, "");
    open.worker.settle();
    CHECK(open.peer->ended);
    CHECK(open.heard() == Lines{"close 1000"});
    CHECK(open.diary.closed.reason == "me too");
  }

  TEST_CASE("an end without a Close is told as 1006") {
    OpenSession open;
    open.session->send("on its way", MessageKind::Text);
    open.peer->end();
    open.worker.settle();
    CHECK(open.said() == Lines{"text on its way"});
    CHECK(open.heard() == Lines{"close 1006"});
    CHECK(open.peer->disconnected);
  }

  TEST_CASE("a reset is told as 1006, and a message that has begun is forgotten") {
    OpenSession open;
    open.feed(ClientFrame{.payload = "beg", .fin = false}.bytes());
    open.peer->reset();
    open.worker.settle();
    CHECK(open.heard() == Lines{"close 1006"});
  }

  TEST_CASE("a failing write is told as 1006") {
    OpenSession open;
    open.peer->failing_write = 1;
    open.session->send("x", MessageKind::Text);
    open.worker.settle();
    CHECK(open.heard() == Lines{"close 1006"});
  }

  TEST_CASE("a server that goes away says 1001") {
    OpenSession open;
    open.worker.worker().connections().shut_down();
    open.worker.settle();
    CHECK(open.said() == Lines{"close 1001"});
    open.feed(client_close(CloseCode::GoingAway, ""));
    CHECK(open.heard() == Lines{"close 1001"});
  }

  TEST_CASE("a Close with NoStatus is empty, and one that may not be sent becomes 1011") {
    OpenSession quiet;
    quiet.session->close(CloseCode::NoStatus, "");
    quiet.worker.settle();
    CHECK(quiet.said() == Lines{"close"});
    OpenSession wrong;
    wrong.session->close(static_cast<CloseCode>(2999), "why");
    wrong.worker.settle();
    CHECK(wrong.said() == Lines{"close 1011 why"});
  }
}

}  // namespace
}  // namespace chatd::ws
