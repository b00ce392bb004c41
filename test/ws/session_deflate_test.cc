#include "ws/client_frame.h"
#include "ws/deflate.h"
#include "ws/open_session.h"
#include "ws/prepared_message.h"
#include "ws/session.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace chatd::ws {
namespace {

using Lines = std::vector<std::string>;

const std::string kLong = std::string(300, 'a') + std::string(300, 'b');

struct DeflatingSession : OpenSession {
  explicit DeflatingSession(const DeflateParams& params = {},
                            const SessionOptions& session_options = {})
      : OpenSession(session_options, {}, {}, params) {}
};

std::string deflated_frame(std::string_view deflated) {
  return ClientFrame{.payload = deflated, .reserved = 4}.bytes();
}

TEST_SUITE("ws") {
  TEST_CASE("a session that agreed on deflate takes deflated and plain messages") {
    DeflatingSession open;
    open.feed(deflated_frame(Deflater().deflate(kLong)) + client_text("plain"));
    CHECK(open.heard() == Lines{"text " + kLong, "text plain"});
  }

  TEST_CASE("a session that did not agree on deflate refuses a deflated message") {
    OpenSession open;
    open.feed(deflated_frame(Deflater().deflate(kLong)));
    CHECK(open.said() == Lines{"close 1002 a reserved bit is set"});
  }

  TEST_CASE("a deflated message beyond the limit is answered with 1009, a corrupt one with 1007") {
    DeflatingSession small({}, {.max_message_bytes = 599});
    small.feed(deflated_frame(Deflater().deflate(kLong)));
    CHECK(small.said() == Lines{"close 1009 a message beyond the limit"});
    DeflatingSession fits({}, {.max_message_bytes = 600});
    fits.feed(deflated_frame(Deflater().deflate(kLong)));
    CHECK(fits.heard() == Lines{"text " + kLong});
    DeflatingSession corrupt;
    corrupt.feed(deflated_frame("\xFF"));
    CHECK(corrupt.said() == Lines{"close 1007 a message that cannot be inflated"});
  }

  TEST_CASE("an incompressible message of the limit is taken though deflating made it longer") {
    std::string noise(2'000, '\0');
    for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<char>(i * i * 31 + i / 7);
    DeflatingSession open({}, {.max_message_bytes = noise.size()});
    std::string stored("\x00\xD0\x07\x2F\xF8", 5);  // one stored block of 2000 bytes
    stored += noise + std::string(1, '\0');
    open.feed(ClientFrame{.opcode = Opcode::Binary, .payload = stored, .reserved = 4}.bytes());
    CHECK(open.heard() == Lines{"binary " + noise});
  }

  TEST_CASE("long messages go out deflated, short ones as they are") {
    DeflatingSession open;
    open.session->send(kLong, MessageKind::Text);
    open.session->send("short", MessageKind::Text);
    open.worker.settle();
    CHECK(open.said() == Lines{"deflated text " + Deflater().deflate(kLong), "text short"});
  }

  TEST_CASE("a prepared message goes out in the encoding that the peer takes") {
    Deflater deflater;
    auto message = PreparedMessage::text(kLong);
    message.deflate(deflater);
    DeflatingSession deflating;
    CHECK(deflating.session->takes_deflated_frames());
    deflating.session->send(message);
    deflating.worker.settle();
    CHECK(deflating.said() == Lines{"deflated text " + Deflater().deflate(kLong)});
    for (const DeflateParams& params : {DeflateParams{.server_takeover = Takeover::Yes},
                                        DeflateParams{.server_window_bits = 10}}) {
      DeflatingSession other(params);
      CHECK_FALSE(other.session->takes_deflated_frames());
      other.session->send(message);
      other.worker.settle();
      CHECK(other.said() == Lines{"text " + kLong});
    }
    OpenSession plain;
    plain.session->send(message);
    plain.worker.settle();
    CHECK(plain.said() == Lines{"text " + kLong});
  }

  TEST_CASE("with takeover, messages refer to those before them in both directions") {
    const DeflateParams params{.server_takeover = Takeover::Yes, .client_takeover = Takeover::Yes};
    DeflatingSession open(params);
    Deflater client(kMaxWindowBits, Takeover::Yes);
    for (int i = 0; i < 2; ++i) {
      open.feed(deflated_frame(client.deflate(kLong)));
      CHECK(open.heard() == Lines{"text " + kLong});
    }
    Deflater expected(kMaxWindowBits, Takeover::Yes);
    for (int i = 0; i < 2; ++i) {
      open.session->send(kLong, MessageKind::Text);
      open.worker.settle();
      CHECK(open.said() == Lines{"deflated text " + expected.deflate(kLong)});
    }
  }
}

}  // namespace
}  // namespace chatd::ws
