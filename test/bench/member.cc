#include "bench/member.h"

#include "base/text.h"

#include <cstring>
#include <utility>

namespace chatd::bench {

namespace {

constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";  // RFC 6455, 1.3: the sample's
constexpr std::string_view kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
constexpr std::string_view kEndOfHead = "\r\n\r\n";

// The value of the first such line; names are compared without case.
std::string_view header(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    if (line.size() > name.size() && line[name.size()] == ':' &&
        iequals(line.substr(0, name.size()), name)) {
      return trim(line.substr(name.size() + 1));
    }
  }
  return {};
}

}  // namespace

Member::Member(const Target& target, Entrance entrance)
    : target_(target), entrance_(std::move(entrance)), socket_(target) {}

void Member::greet() {
  if (entrance_.login == Login::None || !entrance_.cookie.empty()) return upgrade(entrance_.cookie);
  const std::string body = "nickname=" + entrance_.nickname;
  out_ += "POST /login HTTP/1.1\r\nHost: " + target_.authority() +
          "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
          std::to_string(body.size()) + "\r\n\r\n" + body;
  state_ = State::LoggingIn;
  flush();
}

void Member::upgrade(std::string_view cookie) {
  out_ += "GET " + target_.path + " HTTP/1.1\r\nHost: " + target_.authority() +
          "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13"
          "\r\nSec-WebSocket-Key: ";
  out_ += kKey;
  if (entrance_.offers_deflate) {
    out_ +=
        "\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
        "client_no_context_takeover";
  }
  if (!cookie.empty()) (out_ += "\r\nCookie: ") += cookie;
  out_ += kEndOfHead;
  state_ = State::Upgrading;
  flush();
}

void Member::take_answer() {
  const std::size_t end = pending_.find(kEndOfHead);
  if (end == std::string::npos) return;
  const std::string_view head = std::string_view(pending_).substr(0, end + 2);
  const std::size_t body = state_ == State::LoggingIn
                               ? to_number<std::size_t>(header(head, "Content-Length")).value_or(0)
                               : 0;
  const std::size_t whole = end + kEndOfHead.size() + body;
  if (pending_.size() < whole) return;
  const std::string copy(head);
  pending_.erase(0, whole);
  state_ == State::LoggingIn ? take_login(copy) : take_upgrade(copy);
}

void Member::take_login(std::string_view head) {
  const std::string_view cookie = header(head, "Set-Cookie");
  if (cookie.empty()) {
    return end("the login of " + entrance_.nickname + " was answered by " +
               std::string(head.substr(0, head.find('\r'))));
  }
  cookie_ = cookie.substr(0, cookie.find(';'));
  entrance_.login == Login::First ? close() : upgrade(cookie_);
}

void Member::take_upgrade(std::string_view head) {
  if (!head.starts_with("HTTP/1.1 101 ") || header(head, "Sec-WebSocket-Accept") != kAccept) {
    return end("the upgrade was answered by " + std::string(head.substr(0, head.find('\r'))));
  }
  deflates_ = header(head, "Sec-WebSocket-Extensions").starts_with("permessage-deflate");
  state_ = State::Open;
}

void Member::say(std::string_view text) { queue_frame(1, text); }
void Member::answer_ping(std::string_view payload) { queue_frame(10, payload); }

void Member::queue_frame(unsigned opcode, std::string_view payload) {
  out_ += static_cast<char>(0x80 | opcode);
  if (payload.size() < 126) {
    out_ += static_cast<char>(0x80 | payload.size());
  } else {
    const unsigned wide = payload.size() <= 0xFFFF ? 2 : 8;
    out_ += static_cast<char>(0x80 | (wide == 2 ? 126 : 127));
    for (unsigned at = wide; at-- > 0;) {
      out_ += static_cast<char>(std::uint64_t{payload.size()} >> (8 * at) & 0xFF);
    }
  }
  // A fresh mask each, of Marsaglia's xorshift: what matters here is only that it is not zero.
  mask_ ^= mask_ << 13;
  mask_ ^= mask_ >> 17;
  mask_ ^= mask_ << 5;
  char mask[4];
  std::memcpy(mask, &mask_, sizeof mask);
  out_.append(mask, sizeof mask);
  for (std::size_t at = 0; at < payload.size(); ++at) {
    out_ += static_cast<char>(payload[at] ^ mask[at % 4]);
  }
}

bool Member::flush() {
  while (!out_.empty() && state_ != State::Closed) {
    const long count = socket_->write(out_);
    if (count == Socket::kAgain) return false;
    if (count == Socket::kEnd) {
      end("the server closed the connection");
      break;
    }
    out_.erase(0, static_cast<std::size_t>(count));
  }
  return true;
}

void Member::close() { end({}); }

void Member::end(std::string complaint) {
  complaint_ = std::move(complaint);
  state_ = State::Closed;
  socket_.reset();
}

}  // namespace chatd::bench
