#include "http/accept_encoding.h"

#include <doctest/doctest.h>

namespace chatd::http {

TEST_SUITE("http") {
  TEST_CASE("gzip is given to who takes it as gladly as no coding") {
    const auto accepts = [](const char* value) {
      Headers headers;
      headers.add("Accept-Encoding", value);
      return accepts_gzip(headers);
    };
    for (const char* value :
         {"gzip", "GZIP", "x-gzip", "deflate, gzip, br", "gzip;q=1", "*", "gzip; q=0.001",
          "gzip;q=1.000", "gzip, identity", "*;q=0.5", "identity;q=0, gzip;q=0.1", "gzip;Q=0.5"}) {
      CHECK_MESSAGE(accepts(value), value);
    }
    for (const char* value :
         {"", "identity", "br", "gzip;q=0", "gzip;q=0.000", "*;q=0", "gzip;q=0, *", "gzip;q=2",
          "gzip;q=-1", "gzip;q=0.5, identity", "gzip;q=", "gzip;x=1", "gzipped", "gzip;q=1.5",
          "gzip;q=0.0000000000001", "\"gzip\""}) {
      CHECK_MESSAGE(!accepts(value), value);
    }
    CHECK_FALSE(accepts_gzip({}));
  }
}

}  // namespace chatd::http
