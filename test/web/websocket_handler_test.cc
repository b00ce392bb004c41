#include "web/websocket_handler.h"

#include "web/application.h"
#include "web/visitor.h"

#include <doctest/doctest.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace chatd::web {
namespace {

using Diary = std::string;

// Echoes, and does what a message tells it to.
class EchoSocket : public WebSocketHandler {
 public:
  EchoSocket(HandlerContext&& context, Diary& diary)
      : WebSocketHandler(std::move(context)), diary_(diary) {}
  ~EchoSocket() override { diary_ += "gone"; }

  void prepare() override {
    if (get_argument("barred", "") == "yes") throw HttpError(403);
    set_cookie("seen", "1");
  }
  void open() override {
    how_ = get_argument("how", "");
    diary_ += "open ";
    if (how_ == "keep") keep_request();
    if (how_ == "throw") throw std::runtime_error("in open");
  }
  void on_message(std::string_view message, ws::MessageKind kind) override {
    if (message == "throw") throw std::runtime_error("in on_message");
    if (message == "close") return close(ws::CloseCode::PolicyViolation, "as told");
    if (message == "path") {
      write_message(request().path);
      return;
    }
    if (message == "prepared") {
      write_message(ws::PreparedMessage::text("once for all"));
      return;
    }
    waits_ = message == "wait";
    diary_ += waits_ ? "asked " : "";
    write_message(message, kind);
  }
  void on_ping(std::string_view payload) override {
    diary_ += "ping:" + std::string(payload) + ' ';
  }
  void on_pong(std::string_view payload) override {
    diary_ += "pong:" + std::string(payload) + ' ';
  }
  void on_close() override {
    diary_ += "close:" + std::to_string(static_cast<unsigned>(close_code())) + close_reason() + ' ';
    diary_ += write_message("too late") ? "sent " : "unsent ";
    if (how_ == "bad-end") throw std::runtime_error("in on_close");
  }
  std::optional<std::string> select_subprotocol(
      std::span<const std::string_view> offered) override {
    for (const std::string_view name : offered) {
      if (name == "v2") return std::string(name);
    }
    return std::nullopt;
  }
  bool ready() override {
    if (!waits_) return true;
    diary_ += "wait ";
    session().pause();
    session().connection().loop().post([this] {
      waits_ = false;
      diary_ += "resume ";
      session().resume();
    });
    return false;
  }
  std::optional<ws::DeflateOptions> get_compression_options() override {
    if (get_argument("how", "") == "deflate") return ws::DeflateOptions();
    return std::nullopt;
  }

 private:
  Diary& diary_;
  std::string how_;
  bool waits_ = false;
};

// A page and its socket on one path.
class PageSocket : public EchoSocket {
 public:
  using EchoSocket::EchoSocket;
  void get() override { write("the page"); }
};

http::Request upgrade_request(std::string target, std::initializer_list<http::Header> more = {}) {
  http::Request request = make_request("GET", std::move(target),
                                       {{"Upgrade", "websocket"},
                                        {"Connection", "keep-alive, Upgrade"},
                                        {"Sec-WebSocket-Version", "13"},
                                        {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}});
  for (const auto& [name, value] : more) request.headers.set(name, value);
  return request;
}

// A frame of at most 125 bytes, as a client masks it (with a mask of zeros).
std::string client_frame(char opcode, std::string_view payload) {
  std::string frame{static_cast<char>('\x80' | opcode),
                    static_cast<char>('\x80' | static_cast<char>(payload.size()))};
  return frame.append(4, '\0').append(payload);
}

std::string server_frame(char opcode, std::string_view payload) {
  std::string frame{static_cast<char>('\x80' | opcode), static_cast<char>(payload.size())};
  return frame.append(payload);
}

std::string close_frame(std::uint16_t code, std::string_view reason = "") {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  return server_frame('\x8', payload.append(reason));
}

struct SocketSite {
  explicit SocketSite(Settings settings = {})
      : application({{"/ws", route<EchoSocket>(std::ref(diary))},
                     {"/chat", route<PageSocket>(std::ref(diary))}},
                    std::move(settings)) {}

  Diary diary{};
  Application application;
  Visitor visitor{};
  std::string head{};

  // The status of the answer that is no upgrade; 101 for one that is.
  unsigned ask(http::Request request) {
    http::Answer answer = visitor.ask(application, std::move(request));
    if (std::holds_alternative<http::Upgrade>(answer)) return 101;
    return status(std::get<http::Response>(answer));
  }
  // A socket that is open.
  std::shared_ptr<test::FakePeer> open(http::Request request) {
    http::Answer answer = visitor.ask(application, std::move(request));
    auto& upgrade = std::get<http::Upgrade>(answer);
    head = upgrade.head;
    auto peer = visitor.worker().connect(std::move(upgrade.protocol));
    visitor.worker().settle();
    return peer;
  }
  // What the server says to these bytes.
  std::string say(test::FakePeer& peer, std::string_view bytes) {
    peer.send(bytes);
    visitor.worker().settle();
    return peer.take();
  }
};

}  // namespace

TEST_SUITE("web") {
  TEST_CASE("a socket is opened, hears messages, answers, and is told how it ended") {
    SocketSite site;
    const auto peer = site.open(upgrade_request("/ws"));
    CHECK(site.head.starts_with("HTTP/1.1 101 "));
    CHECK(site.head.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string::npos);
    CHECK(site.head.find("Set-Cookie: seen=1") != std::string::npos);
    CHECK(site.say(*peer, client_frame(1, "hello")) == server_frame(1, "hello"));
    CHECK(site.say(*peer, client_frame(2, "\x01\x02")) == server_frame(2, "\x01\x02"));
    CHECK(site.say(*peer, client_frame(9, "are you there")) == server_frame(10, "are you there"));
    CHECK(site.say(*peer, client_frame(10, "yes")).empty());
    CHECK(site.say(*peer, client_frame(8,
                                       "\x03\xe8"
                                       "bye")) == close_frame(1000));
    peer->end();
    site.visitor.worker().settle();
    CHECK(site.diary == "open ping:are you there pong:yes close:1000bye unsent gone");
  }

  TEST_CASE("a peer that goes without a word is an abnormal end") {
    SocketSite site;
    const auto peer = site.open(upgrade_request("/ws"));
    peer->reset();
    site.visitor.worker().settle();
    CHECK(site.diary == "open close:1006 unsent gone");
  }

  TEST_CASE("the handler can close, with a code and a reason") {
    SocketSite site;
    const auto peer = site.open(upgrade_request("/ws"));
    CHECK(site.say(*peer, client_frame(1, "close")) == close_frame(1008, "as told"));
    CHECK(site.say(*peer, client_frame(1, "hello")).empty());
  }

  TEST_CASE("an exception in a message closes with 1011, and the handler still hears the end") {
    SocketSite site;
    const auto peer = site.open(upgrade_request("/ws"));
    CHECK(site.say(*peer, client_frame(1, "throw")) == close_frame(1011));
    peer->reset();
    site.visitor.worker().settle();
    CHECK(site.diary == "open close:1006 unsent gone");
  }

  TEST_CASE("an exception in open closes with 1011, and one at the end does no harm") {
    SocketSite site;
    CHECK(site.open(upgrade_request("/ws?how=throw"))->take() == close_frame(1011));
    const auto peer = site.open(upgrade_request("/ws?how=bad-end"));
    peer->reset();
    site.visitor.worker().settle();
    CHECK(site.diary == "open open close:1006 unsent gone");
  }

  TEST_CASE("the request is freed after open, unless it was kept") {
    SocketSite site;
    const auto kept = site.open(upgrade_request("/ws?how=keep"));
    CHECK(site.say(*kept, client_frame(1, "path")) == server_frame(1, "/ws"));
    const auto freed = site.open(upgrade_request("/ws"));
    CHECK(site.say(*freed, client_frame(1, "path")) == close_frame(1011));
  }

  TEST_CASE("a message that is encoded already is sent as it is") {
    SocketSite site;
    const auto peer = site.open(upgrade_request("/ws"));
    CHECK(site.say(*peer, client_frame(1, "prepared")) == server_frame(1, "once for all"));
  }

  TEST_CASE("a handler that is not ready gets its messages later") {
    SocketSite site;
    const auto peer = site.open(upgrade_request("/ws"));
    CHECK(site.say(*peer, client_frame(1, "wait") + client_frame(1, "on")) ==
          server_frame(1, "wait") + server_frame(1, "on"));
    CHECK(site.diary == "open asked wait resume ");
  }

  TEST_CASE("messages are deflated when the handler and the client want it") {
    SocketSite site;
    const auto head = [&](std::string target) {
      site.open(
          upgrade_request(std::move(target), {{"Sec-WebSocket-Extensions", "permessage-deflate"}}));
      return site.head;
    };
    CHECK(head("/ws?how=deflate").find("Sec-WebSocket-Extensions: permessage-deflate") !=
          std::string::npos);
    CHECK(head("/ws").find("Sec-WebSocket-Extensions") == std::string::npos);
  }

  TEST_CASE("an idle socket's handler is small") { CHECK(sizeof(WebSocketHandler) <= 48); }

  TEST_CASE("a request without Upgrade gets what Tornado says, or the page") {
    SocketSite site;
    const http::Response response = site.visitor.get(site.application, "/ws");
    CHECK(status(response) == 400);
    CHECK(body(response) == "Can \"Upgrade\" only to \"WebSocket\".");
    CHECK(status(site.visitor.get(site.application, "/ws", {{"Upgrade", "h2c"}})) == 400);
    CHECK(body(site.visitor.get(site.application, "/chat")) == "the page");
    CHECK(site.ask(upgrade_request("/chat")) == 101);
  }

  TEST_CASE("HEAD with Upgrade is HEAD: it gets what GET gets without it") {
    SocketSite site;
    for (const auto& [path, wanted] : {std::pair{"/ws", 400u}, std::pair{"/chat", 200u}}) {
      http::Request request = upgrade_request(path);
      request.method = "HEAD";
      const http::Response response = site.visitor.visit(site.application, request);
      CHECK(status(response) == wanted);
      CHECK(header(response, "Upgrade") == "(none)");
    }
  }

  TEST_CASE("prepare can refuse before the upgrade") {
    SocketSite site;
    CHECK(site.ask(upgrade_request("/ws?barred=yes")) == 403);
    CHECK(site.diary == "gone");
  }

  TEST_CASE("a handshake that breaks the rules is refused") {
    SocketSite site;
    CHECK(site.ask(upgrade_request("/ws", {{"Connection", "close"}})) == 400);
    CHECK(site.ask(upgrade_request("/ws", {{"Sec-WebSocket-Key", "short"}})) == 400);
    http::Answer answer = site.visitor.ask(
        site.application, upgrade_request("/ws", {{"Sec-WebSocket-Version", "12"}}));
    const auto& response = std::get<http::Response>(answer);
    CHECK(status(response) == 426);
    CHECK(header(response, "Sec-WebSocket-Version") == "13");
  }

  TEST_CASE("a page of another site cannot open a socket, unless its site is allowed") {
    SocketSite site(Settings{.allowed_origins = {"https://friend.example"}});
    const auto from = [&](std::string origin) {
      return site.ask(upgrade_request("/ws", {{"Origin", std::move(origin)}}));
    };
    CHECK(site.ask(upgrade_request("/ws")) == 101);
    CHECK(from("http://chat.example") == 101);
    CHECK(from("http://CHAT.example:80") == 101);
    CHECK(from("https://friend.example") == 101);
    CHECK(from("http://friend.example") == 403);
    CHECK(from("http://evil.example") == 403);
    CHECK(from("http://chat.example.evil.example") == 403);
    CHECK(from("null") == 403);
  }

  TEST_CASE("the subprotocol that the handler selects is announced") {
    SocketSite site;
    site.open(upgrade_request("/ws", {{"Sec-WebSocket-Protocol", "v1, v2"}}));
    CHECK(site.head.find("Sec-WebSocket-Protocol: v2\r\n") != std::string::npos);
    site.open(upgrade_request("/ws", {{"Sec-WebSocket-Protocol", "v1"}}));
    CHECK(site.head.find("Sec-WebSocket-Protocol") == std::string::npos);
  }
}

}  // namespace chatd::web
