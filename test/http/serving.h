#pragma once
// A Session on a connection with a fake peer, and a sink that remembers what it was asked.

#include "http/session.h"
#include "support/test_worker.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chatd::http {

// Answers "GET /x" with "GET /x" unless told otherwise.
class RecordingSink final : public RequestSink {
 public:
  std::optional<Response> on_head(const Request& request) override {
    heads.push_back(request.method + " " + request.path);
    return std::exchange(head_answer, std::nullopt);
  }
  Answer on_request(Request request, net::Connection&) override {
    requests.push_back(request);
    if (answer) return answer(request);
    Response response;
    response.body = request.method + " " + request.path;
    return response;
  }

  std::vector<std::string> heads;
  std::vector<Request> requests;
  std::optional<Response> head_answer;
  std::function<Answer(const Request&)> answer;
};

struct Serving {
  explicit Serving(const Limits& of = {}) : limits(of) {}

  // Sends, and returns what came back.
  std::string exchange(std::string_view bytes) {
    peer->send(bytes);
    worker.settle();
    return peer->take();
  }
  // A request's answer without its Date, which the clock makes different.
  std::string ask(std::string_view bytes) {
    std::string answer = exchange(bytes);
    for (auto at = answer.find("Date: "); at != std::string::npos; at = answer.find("Date: ")) {
      answer.erase(at, answer.find("\r\n", at) + 2 - at);
    }
    return answer;
  }
  // The server has sent its FIN, or has dropped the connection.
  bool finished() const { return peer->ended || peer->disconnected; }

  const Limits limits;
  RecordingSink sink;
  test::TestWorker worker;
  std::shared_ptr<test::FakePeer> peer =
      worker.connect(std::make_unique<Session>(sink, limits, worker.timers()));
};

// How many responses, and that each is in its place, by their bodies.
inline std::vector<std::string> status_lines(const std::string& bytes) {
  std::vector<std::string> lines;
  for (auto at = bytes.find("HTTP/1.1 "); at != std::string::npos;
       at = bytes.find("HTTP/1.1 ", at + 1)) {
    lines.push_back(bytes.substr(at + 9, 3));
  }
  return lines;
}

}  // namespace chatd::http
