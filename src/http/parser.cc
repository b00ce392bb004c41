#include "http/parser.h"

#include "base/text.h"
#include "http/head_reader.h"
#include "http/head_rules.h"
#include "http/line_guard.h"

#include <llhttp.h>

#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace chatd::http {

namespace {

// A method that is a token but not llhttp's, or one of RTSP's; the rest of the line was read
// before.
bool means_unknown_method(llhttp_errno error) {
  return error == HPE_INVALID_METHOD || error == HPE_INVALID_CONSTANT;
}

}  // namespace

// The request under way, and the callbacks by which llhttp fills it: what they return, if not zero,
// ends llhttp_execute().
struct Parser::Message {
  explicit Message(const Limits& of) : limits(of) {
    head.emplace(limits, request);
    llhttp_init(&llhttp, HTTP_REQUEST, &callbacks());
    llhttp.data = this;
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  llhttp_errno execute(std::string_view bytes) {
    return llhttp_execute(&llhttp, bytes.data(), bytes.size());
  }

  int refuse(Status status, const char* why) {
    if (!refusal) refusal = Refusal{status, why};
    return HPE_USER;
  }

  static const llhttp_settings_t& callbacks();
  static Message& self(llhttp_t* llhttp) { return *static_cast<Message*>(llhttp->data); }

  void read_head();
  std::size_t read_body(std::string_view bytes);

  int on_field_name(std::string_view bytes);
  int on_field_value(std::string_view bytes);
  int on_field_complete();
  int on_head_complete();
  int on_chunk_header();
  int on_body(std::string_view bytes);
  int on_complete();

  void judge_error(llhttp_errno error);
  void check_framing(const char* end);

  const Limits& limits;
  llhttp_t llhttp{};
  Request request;
  std::optional<HeadReader> head;  // until the head is complete
  Announced announced;
  std::optional<Refusal> refusal;
  bool complete = false;

  // While in the head: the field under way, and how many there were.
  std::size_t field_count = 0;
  std::string name;
  std::string value;

  // The bytes of a chunked body that are not content: sizes, extensions, trailers.
  LineGuard guard;
  const char* framing = nullptr;  // from here on not yet checked; points into the bytes being fed
  std::size_t framing_bytes = 0;
};

const llhttp_settings_t& Parser::Message::callbacks() {
  static const llhttp_settings_t kSettings = [] {
    llhttp_settings_t table{};
    table.on_header_field = [](llhttp_t* llhttp, const char* at, std::size_t size) {
      return self(llhttp).on_field_name({at, size});
    };
    table.on_header_value = [](llhttp_t* llhttp, const char* at, std::size_t size) {
      return self(llhttp).on_field_value({at, size});
    };
    table.on_header_value_complete = [](llhttp_t* llhttp) {
      return self(llhttp).on_field_complete();
    };
    table.on_headers_complete = [](llhttp_t* llhttp) { return self(llhttp).on_head_complete(); };
    table.on_chunk_header = [](llhttp_t* llhttp) { return self(llhttp).on_chunk_header(); };
    table.on_body = [](llhttp_t* llhttp, const char* at, std::size_t size) {
      return self(llhttp).on_body({at, size});
    };
    table.on_message_complete = [](llhttp_t* llhttp) { return self(llhttp).on_complete(); };
    return table;
  }();
  return kSettings;
}

void Parser::Message::read_head() {
  const std::string_view text = head->text();
  const llhttp_errno error = execute(text);
  if (error != HPE_OK && error != HPE_PAUSED) return judge_error(error);
  // llhttp and we have read the same bytes: let both have read the same from them.
  const bool agree = field_count == head->field_count() && complete != announced.body;
  if (!agree) refuse(Status::BadRequest, "ambiguous head");
  head.reset();
}

std::size_t Parser::Message::read_body(std::string_view bytes) {
  framing = bytes.data();
  const llhttp_errno error = execute(bytes);
  const char* end = bytes.data() + bytes.size();
  if (error != HPE_OK) end = llhttp_get_error_pos(&llhttp);
  if (error != HPE_OK && error != HPE_PAUSED) judge_error(error);
  if (!refusal) check_framing(end);
  return static_cast<std::size_t>(end - bytes.data());
}

void Parser::Message::judge_error(llhttp_errno error) {
  if (means_unknown_method(error)) refuse(Status::NotImplemented, "unknown method");
  refuse(Status::BadRequest, llhttp_get_error_reason(&llhttp));
}

// Trailers come by the same callbacks; nobody wants them (RFC 9110, 6.5.1).
int Parser::Message::on_field_name(std::string_view bytes) {
  if (head) name += bytes;
  return 0;
}

int Parser::Message::on_field_value(std::string_view bytes) {
  if (head) value += bytes;
  return 0;
}

int Parser::Message::on_field_complete() {
  if (!head) return 0;
  // llhttp takes a line that begins with its colon.
  if (!is_token(name)) return refuse(Status::BadRequest, "bad field name");
  ++field_count;
  request.headers.add(std::exchange(name, {}), std::string(trim(value)));
  value.clear();
  return 0;
}

int Parser::Message::on_head_complete() {
  const auto judged = judge_fields(limits, request);
  if (!judged) {
    refusal = judged.error();
    return -1;
  }
  announced = *judged;
  return 0;
}

int Parser::Message::on_chunk_header() {
  // Here content_length is the chunk's size, and the body is never larger than its limit.
  if (llhttp.content_length <= limits.max_body_bytes - request.body.size()) return 0;
  refuse(Status::ContentTooLarge, "body too large");
  return -1;
}

int Parser::Message::on_body(std::string_view bytes) {
  check_framing(bytes.data());
  if (refusal) return HPE_USER;
  framing = bytes.data() + bytes.size();
  request.body += bytes;
  return 0;
}

int Parser::Message::on_complete() {
  complete = true;
  return HPE_PAUSED;
}

// llhttp lets extensions and trailers of any length through. Chunks of one byte cost five bytes
// each, and beside that there may be as much as a head may have.
void Parser::Message::check_framing(const char* end) {
  const auto size = static_cast<std::size_t>(end - framing);
  framing_bytes += size;
  if (!guard.feed(std::string_view(framing, size))) refuse(Status::BadRequest, "bad chunk line");
  if (framing_bytes > limits.max_head_bytes + 8 * request.body.size()) {
    refuse(Status::BadRequest, "chunks with too little in them");
  }
}

Parser::Parser(const Limits& limits) : limits_(limits) {}
Parser::~Parser() = default;

Parser::Fed Parser::feed(std::string_view bytes) {
  if (bytes.empty()) return {};
  if (message_ == nullptr) message_ = std::make_unique<Message>(limits_);
  assert(!message_->complete && !message_->refusal);
  return message_->head ? feed_head(bytes) : feed_body(bytes);
}

Parser::Fed Parser::feed_head(std::string_view bytes) {
  Message& message = *message_;
  const std::size_t taken = message.head->feed(bytes);
  message.refusal = message.head->refusal();
  if (message.head->complete() && !message.refusal) message.read_head();
  if (message.refusal) return {taken, Progress::Refused};
  if (message.head) return {taken, Progress::Partial};
  return {taken, message.complete ? Progress::Complete : Progress::Head};
}

Parser::Fed Parser::feed_body(std::string_view bytes) {
  Message& message = *message_;
  const std::size_t taken = message.read_body(bytes);
  if (message.refusal) return {taken, Progress::Refused};
  return {taken, message.complete ? Progress::Complete : Progress::Partial};
}

Request Parser::take() {
  assert(message_ != nullptr && message_->complete);
  Request request = std::move(message_->request);
  message_.reset();
  return request;
}

Parser::State Parser::state() const {
  if (message_ == nullptr) return State::Idle;
  return message_->head ? State::InHead : State::InBody;
}

Request& Parser::request() {
  assert(message_ != nullptr);
  return message_->request;
}

bool Parser::expects_continue() const {
  return message_ != nullptr && message_->announced.expects_continue;
}

const Refusal& Parser::refusal() const {
  assert(message_ != nullptr && message_->refusal);
  return *message_->refusal;
}

}  // namespace chatd::http
