#pragma once
// The log while tests run: off, as what is refused is logged and the tests refuse a lot; TEST_LOG=1
// in the environment turns it on.

#include "base/log.h"

#include <cstdlib>

namespace chatd::test {

inline void configure_test_log() {
  const bool wanted = std::getenv("TEST_LOG") != nullptr;
  configure_log(wanted ? LogLevel::Debug : LogLevel::Off, LogFormat::Text);
}

}  // namespace chatd::test
