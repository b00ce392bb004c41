#include "http/session.h"

#include "base/log.h"
#include "net/connection.h"

#include <string>
#include <utility>
#include <variant>

namespace chatd::http {

namespace {

// Above this, requests wait until the peer has read what it asked for before.
constexpr std::size_t kBacklogMarkBytes = 64 * 1024;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

void send(net::Connection& connection, const Response& response, const Delivery& delivery) {
  const std::string head = print_head(response, delivery);
  if (!sends_body(response, delivery.method)) return connection.send(head);
  if (const auto* shared = std::get_if<SharedBuffer>(&response.body)) {
    connection.send(head);
    return connection.send(*shared);
  }
  if (std::holds_alternative<FileSlice>(response.body)) return connection.send(head);
  connection.send(SharedBuffer::of(head, response.body_view()));
}

void identify(Request& request, const net::Connection& connection) {
  request.secure = connection.secure();
  request.remote_address = connection.peer_address();
}

}  // namespace

Session::Session(RequestSink& sink, const Limits& limits, net::TimerWheel& timers)
    : sink_(sink), limits_(limits), parser_(limits), timer_(timers, *this) {}

void Session::on_attach(net::Connection& connection) {
  connection_ = &connection;
  set_deadline();
}

std::size_t Session::on_data(std::span<char> bytes) {
  std::string_view rest(bytes.data(), bytes.size());
  while (!rest.empty() && reads_on()) {
    const auto [taken, progress] = parser_.feed(rest);
    rest.remove_prefix(taken);
    switch (progress) {
      case Parser::Progress::Partial: break;
      case Parser::Progress::Head: on_head(rest); break;
      case Parser::Progress::Complete: on_request(); break;
      case Parser::Progress::Refused: refuse(parser_.refusal()); break;
    }
  }
  if (!upgraded_ && !connection_->closing()) set_deadline();
  return bytes.size() - rest.size();
}

bool Session::reads_on() {
  if (upgraded_ || connection_->closing()) return false;
  if (file_ != nullptr) {
    connection_->pause_reading();
    return false;
  }
  if (parser_.state() != Parser::State::Idle) return true;
  if (connection_->backlog() <= kBacklogMarkBytes) return true;
  connection_->pause_reading();
  return false;
}

void Session::on_drained() {
  if (file_ != nullptr) send_piece();
  if (connection_->closing()) return;
  if (file_ == nullptr) connection_->resume_reading();
  // A file's bytes that did not move win no time.
  const bool moved = file_ == nullptr || unsent() < unsent_before_;
  if (waiting_ == Waiting::ForRequest && moved) wait_for_peer();
}

// `rest` is what has arrived behind the head.
void Session::on_head(std::string_view rest) {
  Request& request = parser_.request();
  identify(request, *connection_);
  if (auto response = sink_.on_head(request)) {
    // The body is not read, so what follows cannot be told from it.
    respond(std::move(*response), {request.method, request.minor_version, false});
  } else if (parser_.expects_continue() && rest.empty()) {
    connection_->send(kContinue);
  }
}

void Session::on_request() {
  waiting_ = Waiting::ForNothing;
  Request request = parser_.take();
  identify(request, *connection_);
  Asked asked{request.method, request.minor_version, request.keep_alive && !stopping_};
  Answer answer = sink_.on_request(std::move(request), *connection_);
  if (auto* response = std::get_if<Response>(&answer)) return respond(std::move(*response), asked);
  if (stopping_) return respond(plain_response(Status::ServiceUnavailable), asked);
  upgrade(std::get<Upgrade>(std::move(answer)));
}

void Session::upgrade(Upgrade upgrade) {
  upgraded_ = true;
  timer_.disarm();
  connection_->send(upgrade.head);
  connection_->replace_protocol(std::move(upgrade.protocol));
}

void Session::respond(Response response, Asked asked) {
  if (response.headers.has_token("Connection", "close")) asked.keep_alive = false;
  send(*connection_, response,
       {.method = asked.method,
        .minor_version = asked.minor_version,
        .keep_alive = asked.keep_alive,
        .now = connection_->loop().time().system()});
  auto* file = std::get_if<FileSlice>(&response.body);
  if (file != nullptr && file->bytes > 0 && sends_body(response, asked.method)) {
    file_ = std::make_unique<FileSlice>(std::move(*file));
    // What goes straight into the socket must come behind the head: on_drained().
    if (!connection_->sends_files()) send_piece();
  }
  if (!asked.keep_alive) finish();
}

void Session::send_piece() {
  // The head has promised more than there is: only an end within the body tells the peer.
  if (!give_piece()) {
    log_warn("abort what=\"a file ended early\" bytes_left=%llu",
             static_cast<unsigned long long>(file_->bytes));
    return connection_->abort();
  }
  if (file_->bytes > 0) return;
  file_.reset();
  if (ending_) finish();
}

// To the socket or the outbox; how many bytes, none if the file has no more.
std::optional<std::size_t> Session::give_piece() {
  if (!connection_->sends_files()) {
    auto piece = take_piece(*file_);
    if (!piece) return std::nullopt;
    const std::size_t bytes = piece->size();
    connection_->send(std::move(*piece));
    return bytes;
  }
  const auto sent = connection_->send_file(file_->file.get(), file_->offset, file_->bytes);
  file_->offset += sent.value_or(0);
  file_->bytes -= sent.value_or(0);
  return sent;
}

std::uint64_t Session::unsent() const {
  return connection_->backlog() + (file_ == nullptr ? 0 : file_->bytes);
}

void Session::refuse(const Refusal& refusal) {
  log_warn("refuse status=%u why=%s peer=%s", number(refusal.status), quoted(refusal.why).c_str(),
           connection_->peer_address().c_str());
  const Request& request = parser_.request();
  respond(plain_response(refusal.status), {request.method, request.minor_version, false});
}

// From here on the connection sees to the deadlines.
void Session::finish() {
  ending_ = true;
  if (file_ != nullptr) return;
  connection_->finish();
  timer_.disarm();
}

// A request that is not complete now never will be.
void Session::on_end() { finish(); }

void Session::on_shutdown() {
  stopping_ = true;
  if (parser_.state() == Parser::State::Idle) finish();
}

void Session::on_close(net::EndReason) {}

void Session::on_timer(net::Timer&) {
  const Waiting waited = std::exchange(waiting_, Waiting::ForNothing);
  if (waited == Waiting::ForHead) return refuse({Status::RequestTimeout, "head took too long"});
  if (waited == Waiting::ForBody) return refuse({Status::RequestTimeout, "body took too long"});
  const std::uint64_t left = unsent();
  if (left == 0) return finish();
  // As long as it reads, however slowly, it is not gone.
  if (left >= unsent_before_) return connection_->abort();
  wait_for_peer();
}

void Session::set_deadline() {
  if (file_ != nullptr) {
    if (waiting_ != Waiting::ForRequest) wait_for_peer();
    return;
  }
  switch (parser_.state()) {
    case Parser::State::Idle:
      if (waiting_ != Waiting::ForRequest) wait_for_peer();
      break;
    case Parser::State::InHead: wait(Waiting::ForHead, limits_.head_timeout); break;
    case Parser::State::InBody: wait(Waiting::ForBody, limits_.body_timeout); break;
  }
}

// For the next request, and for its reading what we sent.
void Session::wait_for_peer() {
  waiting_ = Waiting::ForNothing;
  unsent_before_ = unsent();
  wait(Waiting::ForRequest, limits_.keep_alive_timeout);
}

// A deadline that runs is not put off: trickling bytes wins no time.
void Session::wait(Waiting what, std::chrono::milliseconds timeout) {
  if (waiting_ == what) return;
  waiting_ = what;
  timer_.arm(timeout);
}

}  // namespace chatd::http
