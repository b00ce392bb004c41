#include "ws/deflate_params.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chatd::ws {
namespace {

const DeflateOptions kLean{};
const DeflateOptions kGenerous{.server_takeover = Takeover::Yes, .client_takeover = Takeover::Yes};
const DeflateOptions kNarrow{.server_window_bits = 11, .client_window_bits = 10};

// What is answered to these offers; "declined".
std::string answer(const std::vector<std::string_view>& offers, const DeflateOptions& options) {
  const auto agreement = negotiate_deflate(offers, options);
  return agreement ? agreement->answer : "declined";
}

DeflateParams params(std::string_view offer, const DeflateOptions& options) {
  const auto agreement = negotiate_deflate({offer}, options);
  REQUIRE(agreement);
  return agreement->params;
}

struct Row {
  std::string_view offer;
  DeflateOptions options;
  std::string_view answer;
};

TEST_SUITE("ws") {
  TEST_CASE("an offer is answered with what holds") {
    const std::vector<Row> rows{
        {"permessage-deflate", kGenerous, "permessage-deflate"},
        {"permessage-deflate", kLean,
         "permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
        {"permessage-deflate; server_no_context_takeover", kGenerous,
         "permessage-deflate; server_no_context_takeover"},
        {"permessage-deflate; client_no_context_takeover", kGenerous,
         "permessage-deflate; client_no_context_takeover"},
        {"permessage-deflate; client_max_window_bits", kGenerous, "permessage-deflate"},
        {"permessage-deflate; client_max_window_bits=12", kGenerous,
         "permessage-deflate; client_max_window_bits=12"},
        {"permessage-deflate; client_max_window_bits=8", kGenerous,
         "permessage-deflate; client_max_window_bits=8"},
        {"permessage-deflate; server_max_window_bits=9", kGenerous,
         "permessage-deflate; server_max_window_bits=9"},
        {"permessage-deflate; server_max_window_bits=15", kGenerous,
         "permessage-deflate; server_max_window_bits=15"},
        {"permessage-deflate;server_max_window_bits=\"10\" ; client_max_window_bits", kGenerous,
         "permessage-deflate; server_max_window_bits=10"},
    };
    for (const auto& row : rows) {
      CAPTURE(row.offer);
      CHECK(answer({row.offer}, row.options) == row.answer);
    }
  }

  TEST_CASE("the server's own windows are told, the client's only to one that can be told") {
    CHECK(answer({"permessage-deflate"}, kNarrow) ==
          "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
          "server_max_window_bits=11");
    CHECK(params("permessage-deflate", kNarrow).client_window_bits == 15);
    CHECK(answer({"permessage-deflate; client_max_window_bits; server_max_window_bits=10"},
                 kNarrow) ==
          "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
          "server_max_window_bits=10; client_max_window_bits=10");
    CHECK(params("permessage-deflate; client_max_window_bits=9", kNarrow).client_window_bits == 9);
  }

  TEST_CASE("an offer with a wrong parameter is declined") {
    for (const std::string_view parameter :
         {"",
          "unknown",
          "unknown=1",
          "server_no_context_takeover=10",
          "client_no_context_takeover=\"10\"",
          "server_no_context_takeover=",
          "server_max_window_bits",
          "server_max_window_bits=",
          "server_max_window_bits=7",
          "server_max_window_bits=16",
          "server_max_window_bits=010",
          "server_max_window_bits=+9",
          "server_max_window_bits=1 0",
          "server_max_window_bits=ten",
          "server_max_window_bits=\"10",
          "client_max_window_bits=",
          "client_max_window_bits=7",
          "client_max_window_bits=16",
          "Server_No_Context_Takeover",
          "server_no_context_takeover; server_no_context_takeover",
          "client_no_context_takeover; client_no_context_takeover",
          "server_max_window_bits=10; server_max_window_bits=10",
          "client_max_window_bits; client_max_window_bits",
          "client_max_window_bits; client_max_window_bits=10",
          "client_max_window_bits=10; client_max_window_bits"}) {
      CAPTURE(parameter);
      const std::string offer = "permessage-deflate; " + std::string(parameter);
      CHECK(answer({offer}, kGenerous) == "declined");
    }
  }

  TEST_CASE("a window of 256 bytes, with which zlib cannot deflate, is declined") {
    CHECK(answer({"permessage-deflate; server_max_window_bits=8"}, kGenerous) == "declined");
  }

  TEST_CASE("the first offer that can be accepted is") {
    CHECK(answer({"x-webkit-deflate-frame", "permessage-deflate; server_max_window_bits=8",
                  "permessage-deflate; server_max_window_bits=12", "permessage-deflate"},
                 kGenerous) == "permessage-deflate; server_max_window_bits=12");
    CHECK(answer({}, kGenerous) == "declined");
    CHECK(answer({"x-webkit-deflate-frame", "permessage-deflated"}, kGenerous) == "declined");
  }

  TEST_CASE("frames are shared with those who remember nothing and have the largest window") {
    CHECK(params("permessage-deflate", kLean).takes_shared_frames());
    CHECK_FALSE(params("permessage-deflate", kGenerous).takes_shared_frames());
    CHECK_FALSE(
        params("permessage-deflate; server_max_window_bits=14", kLean).takes_shared_frames());
  }
}

}  // namespace
}  // namespace chatd::ws
