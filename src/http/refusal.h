#pragma once
// Refusal: the status that answers a request we do not take, and why, for the log. A value.

#include "http/status.h"

namespace chatd::http {

struct Refusal {
  Status status = Status::BadRequest;
  const char* why = "";  // lives for ever: a literal
};

}  // namespace chatd::http
