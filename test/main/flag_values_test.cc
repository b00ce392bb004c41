#include "flag_values.h"

#include <doctest/doctest.h>

namespace chatd {

TEST_SUITE("main") {
  TEST_CASE("permissions are octal") {
    CHECK(parse_mode("660") == 0660);
    CHECK(parse_mode("0777") == 0777);
    CHECK(parse_mode("0") == 0);
    for (const char* text :
         {"1000", "8", "rw", "0o660", "-1", "+6", "", "660 ", "77777777777777"}) {
      CHECK_MESSAGE(!parse_mode(text), text);
    }
    CHECK(fault_of_mode("0600").empty());
    CHECK(fault_of_mode("rw").find("octal") != std::string::npos);
  }
}

}  // namespace chatd
