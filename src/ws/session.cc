#include "ws/session.h"

#include "net/connection.h"

#include <utility>

namespace chatd::ws {

namespace {

// While more than this waits to be sent, pings are not answered one by one: what a peer makes us
// answer without reading the answers must not grow. RFC 6455, 5.5.3 allows to answer only the
// latest.
constexpr std::size_t kBackedUpBytes = std::size_t{16} << 10;

std::string_view view(std::span<const char> bytes) { return {bytes.data(), bytes.size()}; }

std::unique_ptr<Inflater> make_inflater(const std::optional<DeflateParams>& params) {
  if (!params) return nullptr;
  return std::make_unique<Inflater>(params->client_window_bits, params->client_takeover);
}

std::unique_ptr<Deflater> make_deflater(const std::optional<DeflateParams>& params) {
  if (!params) return nullptr;
  return std::make_unique<Deflater>(params->server_window_bits, params->server_takeover);
}

}  // namespace

Session::Session(std::unique_ptr<MessageSink> sink, net::TimerWheel& timers,
                 const SessionOptions& options, const std::optional<DeflateParams>& deflate)
    : options_(options),
      timer_(timers, *this),
      decoder_(options.max_message_bytes, deflate ? Coding::Deflate : Coding::Plain),
      assembler_(options.max_message_bytes, make_inflater(deflate)),
      deflater_(make_deflater(deflate)),
      takes_deflated_frames_(deflate && deflate->takes_shared_frames()),
      sink_(std::move(sink)) {}

// --- Out
// ------------------------------------------------------------------------------------------

bool Session::send(std::string_view payload, MessageKind kind) {
  assert_here();
  if (closing()) return false;
  if (deflater_ && is_worth_deflating(payload)) {
    send_deflated(payload, kind);
  } else {
    send_frame(opcode_of(kind), payload);
  }
  return true;
}

bool Session::send(const PreparedMessage& message) {
  return send_frames(takes_deflated_frames_ ? message.deflated_frame() : message.frame());
}

bool Session::send_frames(const SharedBuffer& frames) {
  assert_here();
  if (closing()) return false;
  connection_->send(frames);
  return true;
}

bool Session::ping(std::string_view payload) {
  assert_here();
  if (closing()) return false;
  send_frame(Opcode::Ping, payload.substr(0, kMaxControlPayload));
  return true;
}

void Session::close(CloseCode code, std::string_view reason) {
  assert_here();
  if (closing()) return;
  send_close(code, reason);
  state_ = State::CloseSent;
  assembler_.clear();
  timer_.arm(options_.close_timeout);
  resume();  // or the peer's Close would not be heard
}

void Session::pause() {
  assert_here();
  if (closing()) return;
  paused_ = true;
  connection_->pause_reading();
}

void Session::resume() {
  assert_here();
  if (!std::exchange(paused_, false)) return;
  connection_->resume_reading();
}

bool Session::closing() const { return state_ != State::Open || connection_->closing(); }

void Session::send_frame(Opcode opcode, std::string_view payload, Coding coding) {
  connection_->send(EncodedHeader(opcode, payload.size(), coding).view());
  connection_->send(payload);
}

void Session::send_deflated(std::string_view payload, MessageKind kind) {
  const std::string deflated = deflater_->deflate(payload);
  if (deflater_->takeover() == Takeover::No) deflater_->release();
  send_frame(opcode_of(kind), deflated, Coding::Deflate);
}

void Session::send_close(CloseCode code, std::string_view reason) {
  // What a feed has not begun to send stays unsent: no data may follow a Close.
  connection_->detach_feed();
  late_pong_ = {};
  send_frame(Opcode::Close, encode_close(code, reason));
}

// --- In
// -------------------------------------------------------------------------------------------

void Session::on_attach(net::Connection& connection) {
  connection_ = &connection;
  if (options_.ping_interval.count() > 0) timer_.arm(options_.ping_interval);
  sink_->on_open(*this);
}

std::size_t Session::on_data(std::span<char> bytes) {
  const std::size_t offered = bytes.size();
  heard_ = true;
  while (may_take()) {
    const auto piece = decoder_.next(bytes);
    if (!piece) fail(piece.error());
    if (!piece || !*piece) break;
    take(**piece);
  }
  send_late_pong();
  return state_ == State::Closed ? offered : offered - bytes.size();
}

bool Session::may_take() {
  if (state_ == State::Closed || paused_) return false;
  // Behind our Close, which the sink may say now, the peer's is awaited whether the sink is ready
  // or not.
  if (state_ == State::Open && !sink_->ready()) return state_ == State::CloseSent;
  return true;
}

void Session::take(const FramePiece& piece) {
  if (piece.opcode == Opcode::Close) return take_close(view(piece.payload));
  if (state_ == State::CloseSent) return;
  switch (piece.opcode) {
    case Opcode::Ping: return take_ping(view(piece.payload));
    case Opcode::Pong: return take_pong(view(piece.payload));
    default: return take_message(piece);
  }
}

void Session::take_message(const FramePiece& piece) {
  const auto message = assembler_.add(piece);
  if (!message) return fail(message.error());
  if (*message) sink_->on_message((*message)->payload, (*message)->kind);
}

void Session::take_ping(std::string_view payload) {
  if (connection_->backlog() > kBackedUpBytes) {
    late_pong_ = SharedBuffer::of(EncodedHeader(Opcode::Pong, payload.size()).view(), payload);
  } else {
    late_pong_ = {};
    send_frame(Opcode::Pong, payload);
  }
  sink_->on_ping(payload);
}

void Session::take_pong(std::string_view payload) {
  if (std::exchange(pinged_, false)) {
    heard_ = false;
    timer_.arm(options_.ping_interval);
  }
  sink_->on_pong(payload);
}

void Session::take_close(std::string_view payload) {
  const auto close = parse_close(payload);
  if (!close) return fail(close.error());
  info_ = std::make_unique<CloseInfo>(CloseInfo{close->code, std::string(close->reason)});
  // RFC 6455, 5.5.1: answered once, with the code that came.
  if (state_ == State::Open) send_close(close->code, "");
  finish();
}

// RFC 6455, 7.1.7: what follows a violation is not read any more.
void Session::fail(const Violation& violation) {
  info_ = std::make_unique<CloseInfo>(CloseInfo{CloseCode::Abnormal, violation.reason});
  if (state_ == State::Open) send_close(violation.code, violation.reason);
  finish();
}

void Session::finish() {
  state_ = State::Closed;
  assembler_.clear();
  timer_.disarm();
  connection_->finish();
  // Now, not when the peer has ended its direction too: nothing can come any more.
  tell_closed();
}

void Session::on_end() {
  if (state_ != State::Closed) finish();
}

void Session::on_drained() {
  if (closing()) return;
  send_late_pong();
  sink_->on_drained();
}

void Session::send_late_pong() {
  if (late_pong_.empty() || connection_->backlog() > kBackedUpBytes) return;
  connection_->send(std::exchange(late_pong_, {}));
}

void Session::on_shutdown() { close(CloseCode::GoingAway, ""); }

void Session::on_close(net::EndReason reason) {
  state_ = State::Closed;
  timer_.disarm();
  if (!info_ && reason == net::EndReason::TooSlow) {
    info_ = std::make_unique<CloseInfo>(CloseInfo{CloseCode::Abnormal, "reads too slowly"});
  }
  tell_closed();
}

void Session::tell_closed() {
  if (std::exchange(told_, true)) return;
  if (!info_) info_ = std::make_unique<CloseInfo>();
  sink_->on_close(*info_);
}

// --- Time
// -----------------------------------------------------------------------------------------

void Session::on_timer(net::Timer&) {
  if (state_ != State::Open) return connection_->abort();  // no answer to our Close
  // While paused we do not listen, so silence says nothing.
  const bool silent = !std::exchange(heard_, false) && !paused_;
  if (silent && pinged_) return connection_->abort();
  send_late_pong();
  pinged_ = silent;
  timer_.arm(silent ? options_.ping_timeout : options_.ping_interval);
  if (silent) ping("");
}

void Session::assert_here() const { connection_->loop().assert_here(); }

}  // namespace chatd::ws
