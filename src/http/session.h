#pragma once
// http::Session: HTTP/1.1 on one connection, server side, until it ends or is upgraded. Lives on
// its connection's worker; owned by the Connection as its Protocol.

#include "http/limits.h"
#include "http/parser.h"
#include "http/refusal.h"
#include "http/request_sink.h"
#include "net/protocol.h"
#include "net/timer.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace chatd::http {

// Takes requests, asks the sink, sends the answers in the order of the requests. What is no request
// is refused with its status, and ends the connection. A peer that does not read our answers gets
// no further ones: its requests stay with it. A file goes out piece by piece, the next one when the
// last has gone. Every wait for the peer has a deadline, by one timer.
class Session final : public net::Protocol, private net::Timer::Handler {
 public:
  // All three must outlive the session.
  Session(RequestSink& sink, const Limits& limits, net::TimerWheel& timers);

  void on_attach(net::Connection& connection) override;
  std::size_t on_data(std::span<char> bytes) override;
  void on_end() override;
  void on_drained() override;
  void on_shutdown() override;
  void on_close(net::EndReason reason) override;

 private:
  // What the timer is armed for.
  enum class Waiting : std::uint8_t { ForNothing, ForRequest, ForHead, ForBody };

  // What of a request its answer depends on; the rest has gone to the sink.
  struct Asked {
    std::string method;
    int minor_version = 1;
    bool keep_alive = true;
  };

  bool reads_on();
  void on_head(std::string_view rest);
  void on_request();
  void upgrade(Upgrade upgrade);
  void respond(Response response, Asked asked);
  void send_piece();
  void refuse(const Refusal& refusal);
  std::optional<std::size_t> give_piece();
  std::uint64_t unsent() const;
  void finish();

  void on_timer(net::Timer& timer) override;
  void set_deadline();
  void wait_for_peer();
  void wait(Waiting what, std::chrono::milliseconds timeout);

  // Constant after on_attach().
  RequestSink& sink_;
  const Limits& limits_;
  net::Connection* connection_ = nullptr;
  // Loop thread only, as all of it.
  Parser parser_;
  net::Timer timer_;
  std::uint64_t unsent_before_ = 0;  // unsent(), when we began to wait for the peer
  Waiting waiting_ = Waiting::ForNothing;
  bool upgraded_ = false;
  bool stopping_ = false;            // the response in progress is the last one
  bool ending_ = false;              // finish() waits for the file to be sent
  std::unique_ptr<FileSlice> file_;  // what is left to send of a response's; null: nothing
};

}  // namespace chatd::http
