#include "http/parser.h"

#include "http/parsing.h"

#include <doctest/doctest.h>

#include <string>

namespace chatd::http {

namespace {

constexpr Limits kSmall{
    .max_target_bytes = 20, .max_head_bytes = 120, .max_header_count = 4, .max_body_bytes = 10};

std::string get(const std::string& target, const std::string& fields = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

std::string post(const std::string& fields, const std::string& body) {
  return "POST / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n" + body;
}

bool accepted(const std::string& bytes) {
  const std::string outcome = parse(bytes, kSmall);
  return outcome.find("refused") == std::string::npos &&
         outcome.find("partial") == std::string::npos;
}

}  // namespace

TEST_SUITE("http") {
  TEST_CASE("a target may be as long as the limit, and not one byte longer") {
    CHECK(accepted(get("/" + std::string(19, 'a'))));
    CHECK(parse(get("/" + std::string(20, 'a')), kSmall) == "refused 414\n");
  }

  TEST_CASE("a request line without end is refused before its end") {
    CHECK(parse("GET /" + std::string(200, 'a'), kSmall) == "refused 414\n");
    CHECK(parse("GET /" + std::string(20 + 64 - 5, 'a'), kSmall) == "partial\n");
    CHECK(parse("GET /" + std::string(20 + 64 - 4, 'a'), kSmall) == "refused 414\n");
  }

  TEST_CASE("a head may be as large as the limit, and not one byte larger") {
    const std::size_t others = get("/", "A: \r\n").size();
    const auto padded = [&](std::size_t size) {
      return get("/", "A: " + std::string(size - others, 'a') + "\r\n");
    };
    REQUIRE(padded(120).size() == 120);
    CHECK(accepted(padded(120)));
    CHECK(parse(padded(121), kSmall) == "refused 431\n");
    CHECK(parse(get("/", "A: " + std::string(200, 'a')), kSmall) == "refused 431\n");
  }

  TEST_CASE("empty lines before a request count toward its head") {
    CHECK(parse(std::string(240, '\r').replace(1, 0, "\n"), kSmall) == "refused 400\n");
    std::string lines;
    for (int i = 0; i < 60; ++i) lines += "\r\n";
    CHECK(parse(lines, kSmall) == "partial\n");
    CHECK(parse(lines + "\r\n", kSmall) == "refused 414\n");
  }

  TEST_CASE("there may be as many fields as the limit, and not one more") {
    CHECK(accepted(get("/", "A: 1\r\nB: 2\r\nC: 3\r\n")));
    CHECK(parse(get("/", "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n"), kSmall) == "refused 431\n");
  }

  TEST_CASE("a body may be as long as the limit; a longer one is refused by its announcement") {
    CHECK(accepted(post("Content-Length: 10\r\n", "0123456789")));
    CHECK(parse(post("Content-Length: 11\r\n", ""), kSmall) == "refused 413\n");
    CHECK(parse(post("Content-Length: 18446744073709551615\r\n", ""), kSmall) == "refused 413\n");
  }

  TEST_CASE("chunks may add up to the limit; the one too much is refused by its size") {
    const std::string chunked = "Transfer-Encoding: chunked\r\n";
    CHECK(accepted(post(chunked, "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n")));
    CHECK(parse(post(chunked, "5\r\n01234\r\n6\r\n"), kSmall) == "refused 413\n");
    CHECK(parse(post(chunked, "b\r\n"), kSmall) == "refused 413\n");
    CHECK(parse(post(chunked, "ffffffffffffffff\r\n"), kSmall) == "refused 413\n");
    CHECK(parse(post(chunked, "10000000000000000\r\n"), kSmall) == "refused 400\n");
  }

  TEST_CASE("chunks of one byte are welcome, extensions and trailers without end are not") {
    const std::string chunked = "Transfer-Encoding: chunked\r\n";
    std::string small;
    for (int i = 0; i < 10; ++i) small += "1\r\na\r\n";
    CHECK(accepted(post(chunked, small + "0\r\n\r\n")));
    CHECK(accepted(post(chunked, "1;a=" + std::string(100, 'b') + "\r\na\r\n0\r\n\r\n")));
    CHECK(parse(post(chunked, "1;a=" + std::string(200, 'b')), kSmall) == "refused 400\n");
    CHECK(parse(post(chunked, "0\r\nA: " + std::string(200, 'b')), kSmall) == "refused 400\n");
    CHECK(parse(post(chunked, std::string(200, '0')), kSmall) == "refused 400\n");
  }

  TEST_CASE("a large head in many pieces costs no more than its bytes") {
    Limits limits;
    limits.max_head_bytes = 4 << 20;
    limits.max_header_count = 1 << 20;
    std::string fields;
    while (fields.size() < (3u << 20)) fields += "A: b\r\n";
    const std::string bytes = get("/", fields);
    std::vector<std::string_view> pieces;
    for (std::size_t at = 0; at < bytes.size(); ++at) pieces.push_back({&bytes[at], 1});
    CHECK(parse_pieces(pieces, limits).size() > fields.size());
  }
}

}  // namespace chatd::http
