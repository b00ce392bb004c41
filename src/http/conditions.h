#pragma once
// Conditional requests (RFC 9110, 13): is what the client knows still true? Any thread.

#include "http/request.h"

#include <chrono>
#include <string_view>

namespace chatd::http {

// What tells one state of a representation from another.
struct Validators {
  std::string_view etag;  // quoted and strong
  std::chrono::sys_seconds modified;
};

enum class Verdict {
  Serve,
  NotModified,  // 304: the client has it already
  Failed,       // 412: it is not what the client thinks it is
};

// In the order of 13.2.2: If-Match, else If-Unmodified-Since; then If-None-Match, else
// If-Modified-Since. Dates that are none do not count.
Verdict judge_conditions(const Request& request, const Validators& validators);

// Whether Range may be honoured: for a GET without If-Range, or one whose If-Range is still true.
bool may_send_range(const Request& request, const Validators& validators);

}  // namespace chatd::http
