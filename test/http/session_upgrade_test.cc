#include "http/session.h"

#include "http/serving.h"

#include <doctest/doctest.h>

#include <string>

namespace chatd::http {

namespace {

using Statuses = std::vector<std::string>;

constexpr std::string_view kSwitch = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
const std::string kAsk =
    "GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n";

// Sends back what it gets.
class Echo final : public net::Protocol {
 public:
  void on_attach(net::Connection& connection) override { connection_ = &connection; }
  std::size_t on_data(std::span<char> bytes) override {
    connection_->send(std::string_view(bytes.data(), bytes.size()));
    return bytes.size();
  }
  void on_end() override { connection_->finish(); }
  void on_shutdown() override { connection_->finish(); }
  void on_close(net::EndReason) override {}

 private:
  net::Connection* connection_ = nullptr;
};

struct Upgrading : Serving {
  explicit Upgrading(const Limits& of = {}) : Serving(of) {
    sink.answer = [](const Request&) {
      return Upgrade{.head = std::string(kSwitch), .protocol = std::make_unique<Echo>()};
    };
  }
};

}  // namespace

TEST_SUITE("http") {
  TEST_CASE("after an upgrade the next protocol gets the bytes, from the first one on") {
    const std::string bytes = kAsk + "GET / HTTP/1.1\r\n";
    const std::string expected = std::string(kSwitch) + "GET / HTTP/1.1\r\n";
    Upgrading whole;
    CHECK(whole.exchange(bytes) == expected);
    for (std::size_t at = 1; at < bytes.size(); ++at) {
      Upgrading split;
      std::string received = split.exchange(bytes.substr(0, at));
      received += split.exchange(bytes.substr(at));
      CHECK(received == expected);
      CHECK(split.exchange("!") == "!");
      CHECK(split.sink.requests.size() == 1);
    }
  }

  TEST_CASE("answers before an upgrade come before it") {
    Serving serving;
    serving.sink.answer = [](const Request& request) -> Answer {
      if (request.path != "/chat") return plain_response(Status::Ok);
      return Upgrade{.head = std::string(kSwitch), .protocol = std::make_unique<Echo>()};
    };
    const std::string answer = serving.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n" + kAsk + "hello");
    CHECK(status_lines(answer) == Statuses{"200", "101"});
    CHECK(answer.ends_with("\r\n\r\nhello"));
  }

  TEST_CASE("an upgraded connection has no deadline of ours") {
    Upgrading serving;
    serving.exchange(kAsk);
    serving.worker.advance(std::chrono::minutes{3});
    CHECK(serving.exchange("still here") == "still here");
  }

  TEST_CASE(
      "a request that offers an upgrade and gets a plain answer keeps the connection usable") {
    for (const std::string body : {"", "Content-Length: 2\r\n\r\nab",
                                   "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"}) {
      CAPTURE(body);
      Serving serving;
      const std::string request =
          "POST /a HTTP/1.1\r\nHost: x\r\nUpgrade: echo\r\nConnection: Upgrade\r\n" +
          (body.empty() ? "\r\n" : body);
      const std::string next = "GET /b HTTP/1.1\r\nHost: x\r\n\r\n";
      CHECK(serving.ask(request + next) ==
            "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nPOST /a"
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nGET /b");
      CHECK(status_lines(serving.ask(request)) == Statuses{"200"});
      CHECK(status_lines(serving.ask(next)) == Statuses{"200"});
      CHECK_FALSE(serving.finished());
    }
  }

  TEST_CASE("nobody is upgraded while the server goes away") {
    Upgrading serving;
    serving.peer->send(kAsk.substr(0, 10));
    serving.worker.settle();
    serving.worker.worker().connections().shut_down();
    CHECK(status_lines(serving.ask(kAsk.substr(10))) == Statuses{"503"});
    CHECK(serving.finished());
  }
}

}  // namespace chatd::http
