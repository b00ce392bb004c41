#include "ws/session.h"

#include "ws/open_session.h"
#include "ws/prepared_message.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace chatd::ws {
namespace {

using Lines = std::vector<std::string>;

std::string ping(std::string_view payload) {
  return ClientFrame{.opcode = Opcode::Ping, .payload = payload}.bytes();
}

TEST_SUITE("ws") {
  TEST_CASE("the sink hears first that the session is open, and may speak at once") {
    Lines first;
    Diary diary;
    diary.on_open = [&](Session& session) { CHECK(session.send("welcome", MessageKind::Text)); };
    OpenSession open({}, diary);
    CHECK(open.said() == Lines{"text welcome"});
  }

  TEST_CASE("messages go up whole and in their order, however they arrive") {
    const std::string bytes = client_text("one") + client_text("") +
                              ClientFrame{.payload = "tw", .fin = false}.bytes() + ping("between") +
                              ClientFrame{.opcode = Opcode::Continuation, .payload = "o"}.bytes() +
                              ClientFrame{.opcode = Opcode::Binary, .payload = "\xFF"}.bytes();
    const Lines heard{"text one", "text ", "ping between", "text two", "binary \xFF"};
    OpenSession whole;
    CHECK(whole.feed(bytes).heard() == heard);
    OpenSession byte_by_byte;
    for (const char byte : bytes) byte_by_byte.feed({&byte, 1});
    CHECK(byte_by_byte.heard() == heard);
    CHECK(byte_by_byte.said() == Lines{"pong between"});
  }

  TEST_CASE("what is sent goes out as unmasked frames in one write a tick") {
    OpenSession open;
    CHECK(open.session->send("a", MessageKind::Text));
    CHECK(open.session->send("b", MessageKind::Binary));
    CHECK(open.session->send(std::string(70'000, 'c'), MessageKind::Text));
    CHECK(open.session->send_frames(PreparedMessage::text("d").frame()));
    CHECK(open.session->ping("e"));
    CHECK(open.peer->writes == 0);
    open.worker.tick();
    CHECK(open.peer->writes == 1);
    CHECK(open.said() ==
          Lines{"text a", "binary b", "text " + std::string(70'000, 'c'), "text d", "ping e"});
  }

  TEST_CASE("a ping's payload is cut to 125 bytes") {
    OpenSession open;
    open.session->ping(std::string(126, 'p'));
    open.worker.tick();
    CHECK(open.said() == Lines{"ping " + std::string(125, 'p')});
  }

  TEST_CASE("pings are answered one by one, with what they say") {
    OpenSession open;
    open.feed(ping("") + ping("two") + ping(std::string(125, '3')));
    CHECK(open.said() == Lines{"pong ", "pong two", "pong " + std::string(125, '3')});
    CHECK(open.heard() == Lines{"ping ", "ping two", "ping " + std::string(125, '3')});
  }

  TEST_CASE("an unasked pong goes up and is not answered") {
    OpenSession open;
    open.feed(ClientFrame{.opcode = Opcode::Pong, .payload = "hi"}.bytes());
    CHECK(open.heard() == Lines{"pong hi"});
    CHECK(open.said().empty());
  }

  TEST_CASE("of pings whose pongs the peer does not read, only the latest is answered in the end") {
    OpenSession open;
    open.peer->write_room = 0;
    for (int i = 0; i < 20'000; ++i) open.feed(ping("ping number " + std::to_string(i)));
    CHECK(open.worker.connection().backlog() < 20'000);
    open.peer->write_room = 1 << 20;
    open.worker.connection().wake();
    open.feed(ClientFrame{.opcode = Opcode::Pong}.bytes());
    const Lines said = open.said();
    CHECK(said.front() == "pong ping number 0");
    CHECK(said.back() == "pong ping number 19999");
    CHECK(said.size() < 2'000);
  }

  TEST_CASE("a message of the limit is taken, one byte more is answered with 1009") {
    const SessionOptions options{.max_message_bytes = 1'000};
    OpenSession fits(options);
    CHECK(fits.feed(client_text(std::string(1'000, 'x'))).heard().size() == 1);
    OpenSession exceeds(options);
    exceeds.feed(ClientFrame{.announced = 1'001}.bytes());
    CHECK(exceeds.said() == Lines{"close 1009 a message beyond the limit"});
    CHECK(exceeds.peer->ended);
  }

  TEST_CASE("a paused session takes nothing more, not even what has arrived") {
    Diary diary;
    diary.on_message = [](Session& session, std::string_view) { session.pause(); };
    OpenSession open({}, diary);
    open.feed(client_text("one") + client_text("two") + ping("p") + client_text("three"));
    CHECK(open.heard() == Lines{"text one"});
    open.feed(client_text("four"));
    CHECK(open.heard().empty());
    open.session->resume();
    CHECK(open.heard().empty());  // a call down never calls up
    open.worker.settle();
    CHECK(open.heard() == Lines{"text two"});
    open.diary.on_message = [](Session&, std::string_view) {};
    open.session->resume();
    open.worker.settle();
    CHECK(open.heard() == Lines{"ping p", "text three", "text four"});
    CHECK(open.said() == Lines{"pong p"});
  }

  TEST_CASE("a sink that is not ready leaves what has arrived where it is") {
    bool ready = true;
    Diary diary;
    diary.on_message = [&](Session&, std::string_view) { ready = false; };
    diary.ready = [&](Session& session) {
      if (!ready) session.pause();
      return ready;
    };
    OpenSession open({}, diary);
    open.feed(client_text("one") + client_text("two"));
    CHECK(open.heard() == Lines{"text one"});
    ready = true;
    open.session->resume();
    open.worker.settle();
    CHECK(open.heard() == Lines{"text two"});
  }

  TEST_CASE("a sink that closes when it is asked whether it is ready hears the peer's Close") {
    Diary diary;
    diary.ready = [](Session& session) {
      session.close(CloseCode::InternalError, "");
      return false;
    };
    OpenSession open({}, diary);
    open.feed(client_text("one") + client_close(CloseCode::InternalError, ""));
    CHECK(open.heard() == Lines{"close 1011"});
    CHECK(open.peer->ended);
  }

  TEST_CASE("the sink is told when output that had to wait has gone") {
    OpenSession open;
    open.peer->write_room = 5;
    open.session->send("a long message", MessageKind::Text);
    open.worker.tick();
    CHECK(open.diary.drained == 0);
    open.peer->write_room = 1'000;
    open.worker.settle();
    CHECK(open.diary.drained == 1);
  }

  TEST_CASE("a sink may pause and resume within a message") {
    Diary diary;
    diary.on_message = [](Session& session, std::string_view) {
      session.pause();
      session.resume();
    };
    OpenSession open({}, diary);
    open.feed(client_text("one") + client_text("two"));
    CHECK(open.heard() == Lines{"text one", "text two"});
  }

  TEST_CASE("a peer that reads nothing while much is sent is cut off, and the sink is told") {
    OpenSession open({}, {}, net::ConnectionLimits{.outbox_bytes = 100'000});
    open.peer->write_room = 0;
    for (int i = 0; i < 101; ++i) open.session->send(std::string(1'000, 'x'), MessageKind::Text);
    CHECK(open.session->closing());
    CHECK_FALSE(open.session->send("more", MessageKind::Text));
    open.worker.settle();
    CHECK(open.heard() == Lines{"close 1006"});
    CHECK(open.diary.closed.reason == "reads too slowly");
    CHECK(open.peer->disconnected);
  }

  TEST_CASE("an idle session is small") { CHECK(sizeof(Session) <= 200); }
}

}  // namespace
}  // namespace chatd::ws
