#include "web/method.h"

#include <doctest/doctest.h>

namespace chatd::web {

TEST_SUITE("web") {
  TEST_CASE("methods are known by their exact names") {
    for (const Method method : {Method::Get, Method::Head, Method::Post, Method::Put,
                                Method::Delete, Method::Patch, Method::Options}) {
      CHECK(parse_method(name_of(method)) == method);
    }
    CHECK(name_of(Method::Delete) == "DELETE");
    for (const std::string_view name : {"", "get", "GETT", "GE", "TRACE", "CONNECT", " GET"}) {
      CHECK_FALSE(parse_method(name));
    }
  }

  TEST_CASE("an Allow field names the methods of a set") {
    CHECK(MethodSet{}.to_string().empty());
    CHECK(MethodSet{Method::Post}.to_string() == "POST");
    CHECK(MethodSet{Method::Options, Method::Head, Method::Get}.to_string() ==
          "GET, HEAD, OPTIONS");
    CHECK_FALSE(MethodSet{Method::Get}.contains(Method::Post));
  }

  TEST_CASE("POST, PUT, DELETE and PATCH change what the server keeps") {
    CHECK(changes_state(Method::Post));
    CHECK(changes_state(Method::Put));
    CHECK(changes_state(Method::Delete));
    CHECK(changes_state(Method::Patch));
    CHECK_FALSE(changes_state(Method::Get));
    CHECK_FALSE(changes_state(Method::Head));
    CHECK_FALSE(changes_state(Method::Options));
  }
}

}  // namespace chatd::web
