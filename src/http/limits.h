#pragma once
// Limits: how much and for how long a client may take. Constant; shared by all sessions of a server
// and outlives them.

#include <chrono>
#include <cstddef>

namespace chatd::http {

struct Limits {
  std::size_t max_target_bytes = 8 * 1024;   // more: 414
  std::size_t max_head_bytes = 16 * 1024;    // request line, fields and the empty line; more: 431
  std::size_t max_header_count = 100;        // more: 431
  std::size_t max_body_bytes = 1024 * 1024;  // more: 413

  // Absolute: trickling bytes does not win time.
  std::chrono::milliseconds head_timeout{10'000};  // from the first byte of a head to its last
  std::chrono::milliseconds body_timeout{30'000};  // from the end of the head to that of the body
  // With no request under way; also how long a peer may leave our bytes unread without taking any.
  std::chrono::milliseconds keep_alive_timeout{60'000};
};

}  // namespace chatd::http
