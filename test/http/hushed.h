#pragma once
// Hushed: no log while it lives. What is refused is logged, and the tests refuse a lot.

#include "base/log.h"

namespace chatd::http {

struct Hushed {
  Hushed() { configure_log(LogLevel::Off, LogFormat::Text); }
  ~Hushed() { configure_log(LogLevel::Info, LogFormat::Text); }
  Hushed(const Hushed&) = delete;
  Hushed& operator=(const Hushed&) = delete;
};

}  // namespace chatd::http
