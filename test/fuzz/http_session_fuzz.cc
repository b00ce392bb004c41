// http::Session: whatever bytes arrive, however they are cut, the answers are the same.

#include "base/log.h"
#include "fuzz/fuzzing.h"
#include "http/session.h"
#include "support/test_worker.h"

#include <memory>
#include <string>

namespace {

using namespace chatd;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// Says what it understood, so that a difference of understanding shows.
class MirrorSink final : public http::RequestSink {
 public:
  http::Answer on_request(http::Request request, net::Connection&) override {
    fuzz::require(!request.path.empty(), "a request has a path");
    fuzz::require(request.path.find('\0') == std::string::npos, "a path has no NUL");
    http::Response response;
    std::string body = request.method + " " + request.path + "?" + request.query + "\n";
    for (const auto& [name, value] : request.headers) body += name + ": " + value + "\n";
    response.body = body + request.body;
    return response;
  }
};

test::TestWorker& worker() {
  static test::TestWorker the_worker;
  return the_worker;
}

std::string answers(const std::vector<std::string_view>& pieces) {
  static MirrorSink sink;
  static const http::Limits limits{.max_target_bytes = 200,
                                   .max_head_bytes = 1000,
                                   .max_header_count = 10,
                                   .max_body_bytes = 500};
  const auto peer =
      worker().connect(std::make_unique<http::Session>(sink, limits, worker().timers()));
  for (const std::string_view piece : pieces) {
    peer->send(piece);
    worker().tick();
  }
  peer->end();
  worker().settle();
  std::string heard = peer->take();
  peer->reset();
  worker().settle();
  fuzz::require(peer->disconnected, "a connection that was reset is buried");
  // Whether the body was there already when the head was complete depends on the cuts.
  for (auto at = heard.find(kContinue); at != std::string::npos; at = heard.find(kContinue)) {
    heard.erase(at, kContinue.size());
  }
  return heard;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  configure_log(LogLevel::Off, LogFormat::Text);
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  fuzz::require(answers({bytes}) == answers(fuzz::cut(bytes)), "cuts make no difference");
  return 0;
}
