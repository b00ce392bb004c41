// The test program: every *_test.cc of the tree, run by doctest.
#include "support/test_log.h"

#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <csignal>

int main(int argc, char** argv) {
  // As chatd does: OpenSSL writes with plain write(2), which knows no MSG_NOSIGNAL.
  std::signal(SIGPIPE, SIG_IGN);
  chatd::test::configure_test_log();
  return doctest::Context(argc, argv).run();
}
