#include "http/head_reader.h"

#include "http/head_rules.h"

#include <algorithm>

namespace chatd::http {

namespace {

// Beside the target, a request line has a method, a version and two spaces. While the line has not
// ended, it may be this much longer than the target may be.
constexpr std::size_t kRequestLineSlack = 64;

}  // namespace

std::size_t HeadReader::feed(std::string_view bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && !complete_ && !refusal_) {
    const std::string_view rest = bytes.substr(taken);
    const auto line_feed = rest.find('\n');
    const bool ends_line = line_feed != std::string_view::npos;
    const std::string_view piece = rest.substr(0, ends_line ? line_feed + 1 : rest.size());
    add(piece);
    if (ends_line && !refusal_) end_line();
    taken += piece.size();
  }
  return taken;
}

void HeadReader::add(std::string_view piece) {
  if (!guard_.feed(piece)) return refuse(Status::BadRequest, "bad line");
  taken_ += piece.size();
  const bool in_request_line = line_count_ == 0;
  const std::size_t line_bytes = text_.size() - line_begin_ + piece.size();
  if (in_request_line && line_bytes > limits_.max_target_bytes + kRequestLineSlack) {
    return refuse(Status::UriTooLong, "request line too long");
  }
  if (taken_ > limits_.max_head_bytes) {
    if (in_request_line) return refuse(Status::UriTooLong, "request line too long");
    return refuse(Status::RequestHeaderFieldsTooLarge, "head too large");
  }
  text_ += piece;
}

void HeadReader::end_line() {
  const std::string_view line = text().substr(line_begin_, text_.size() - line_begin_ - 2);
  if (line.empty()) {
    // RFC 9112, 2.2: empty lines before a request line are no part of it.
    if (line_count_ == 0) return text_.clear();
    complete_ = true;
    return;
  }
  ++line_count_;
  line_begin_ = text_.size();
  if (line_count_ == 1) {
    const auto read = read_request_line(line, limits_, request_);
    if (!read) refusal_ = read.error();
  } else if (field_count() > limits_.max_header_count) {
    refuse(Status::RequestHeaderFieldsTooLarge, "too many fields");
  }
}

}  // namespace chatd::http
