#pragma once
// HeadReader: gathers the head of a request, as bytes arrive, up to its empty line. Keeps the
// limits and the discipline of lines, and refuses at the first line that breaks them, so that
// nobody waits for the end of what is no request. Owned by a Parser while a head is under way.

#include "http/limits.h"
#include "http/line_guard.h"
#include "http/refusal.h"
#include "http/request.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace chatd::http {

class HeadReader {
 public:
  // The request line is read into `request` as soon as it is there. Both must outlive the reader.
  HeadReader(const Limits& limits, Request& request) : limits_(limits), request_(request) {}
  HeadReader(const HeadReader&) = delete;
  HeadReader& operator=(const HeadReader&) = delete;

  // Takes bytes up to the end of the head; returns how many. Not to be asked again once complete or
  // refused.
  std::size_t feed(std::string_view bytes);

  bool complete() const { return complete_; }
  const std::optional<Refusal>& refusal() const { return refusal_; }

  // From the request line to the empty line; empty lines before the request line are left out.
  std::string_view text() const { return text_; }
  // Lines between the request line and the empty line.
  std::size_t field_count() const { return line_count_ - 1; }

 private:
  void add(std::string_view piece);
  void end_line();
  void refuse(Status status, const char* why) { refusal_ = Refusal{status, why}; }

  const Limits& limits_;
  Request& request_;
  LineGuard guard_;
  std::string text_;
  std::size_t line_begin_ = 0;  // in text_
  std::size_t line_count_ = 0;  // that have ended and were not empty
  std::size_t taken_ = 0;       // bytes, with the empty lines at the front
  bool complete_ = false;
  std::optional<Refusal> refusal_;
};

}  // namespace chatd::http
