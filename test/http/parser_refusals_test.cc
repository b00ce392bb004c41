#include "http/parser.h"

#include "http/parsing.h"

#include <doctest/doctest.h>

#include <string>

namespace chatd::http {

namespace {

struct Case {
  const char* what;
  std::string bytes;
};

void check_all(const std::vector<Case>& cases, const std::string& outcome) {
  for (const Case& one : cases) {
    CAPTURE(one.what);
    CAPTURE(one.bytes);
    CHECK(parse(one.bytes) == outcome);
  }
}

std::string get(const std::string& fields) {
  return "GET / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

std::string chunked(const std::string& body) {
  return "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
}

}  // namespace

TEST_SUITE("http") {
  TEST_CASE("a head that two readers could read differently is refused") {
    check_all(
        {
            {"length and coding", get("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")},
            {"coding and length", get("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n")},
            {"two lengths", get("Content-Length: 3\r\nContent-Length: 4\r\n")},
            {"the same length twice", get("Content-Length: 3\r\nContent-Length: 3\r\n")},
            {"a list of lengths", get("Content-Length: 3, 3\r\n")},
            {"signed length", get("Content-Length: +3\r\n")},
            {"negative length", get("Content-Length: -3\r\n")},
            {"hexadecimal length", get("Content-Length: 0x3\r\n")},
            {"length with a space", get("Content-Length: 3 4\r\n")},
            {"empty length", get("Content-Length:\r\n")},
            {"length too large for 64 bits", get("Content-Length: 18446744073709551616\r\n")},
            {"empty coding", get("Transfer-Encoding:\r\n")},
            {"empty coding and a length", get("Transfer-Encoding:\r\nContent-Length: 3\r\n")},
            {"chunked not last", get("Transfer-Encoding: chunked, gzip\r\n")},
            {"chunked twice", get("Transfer-Encoding: chunked, chunked\r\n")},
            {"chunked in two lines", get("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n")},
            {"chunked with a tab behind", get("Transfer-Encoding: chunked\t\r\n")},
            {"coding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
            {"space before a colon", get("Content-Length : 3\r\n")},
            {"tab before a colon", get("Content-Length\t: 3\r\n")},
            {"space before a name", "GET / HTTP/1.1\r\n Host: x\r\n\r\n"},
            {"folded line", get("A: b\r\n c\r\n")},
            {"line folded by a tab", get("A: b\r\n\tc\r\n")},
            {"folded coding", get("Transfer-Encoding:\r\n chunked\r\n")},
            {"bare line feed after the request line", "GET / HTTP/1.1\nHost: x\r\n\r\n"},
            {"bare line feed after a field", "GET / HTTP/1.1\r\nHost: x\n\r\n"},
            {"bare line feed as the end", "GET / HTTP/1.1\r\nHost: x\r\n\n"},
            {"bare line feed in a value", get("A: b\nContent-Length: 3\r\n")},
            {"bare carriage return in a value", get("A: b\rContent-Length: 3\r\n")},
            {"bare carriage return after an empty value", get("A:\rContent-Length: 3\r\n")},
            {"two carriage returns", get("A: b\r\r\n")},
            {"NUL in a value", get(std::string("A: b\0c\r\n", 8))},
            {"NUL in a name", get(std::string("A\0: b\r\n", 7))},
            {"control character in a value", get("A: \x01\r\n")},
            {"DEL in a value", get("A: \x7F\r\n")},
        },
        "refused 400\n");
  }

  TEST_CASE("a field line without a proper name is refused") {
    check_all(
        {
            {"no colon", get("A\r\n")},
            {"no name", get(": b\r\n")},
            {"a bracket in the name", get("A(b): c\r\n")},
            {"a quote in the name", get("\"A\": c\r\n")},
            {"a space in the name", get("A b: c\r\n")},
            {"a byte above 127 in the name", get("\xC3\xA9: c\r\n")},
        },
        "refused 400\n");
  }

  TEST_CASE("a request line that is none is refused as soon as it is there") {
    check_all(
        {
            {"one word", "GET\r\n"},
            {"HTTP/0.9", "GET /\r\n"},
            {"four words", "GET / a HTTP/1.1\r\n"},
            {"two spaces before the target", "GET  / HTTP/1.1\r\n"},
            {"two spaces behind the target", "GET /  HTTP/1.1\r\n"},
            {"a space at the end", "GET / HTTP/1.1 \r\n"},
            {"a space at the front", " GET / HTTP/1.1\r\n"},
            {"a tab for a space", "GET\t/ HTTP/1.1\r\n"},
            {"an empty method", " / HTTP/1.1\r\n"},
            {"a method that is no token", "G@T / HTTP/1.1\r\n"},
            {"another protocol", "GET / RTSP/1.0\r\n"},
            {"lower case", "GET / http/1.1\r\n"},
            {"a version of one digit", "GET / HTTP/1\r\n"},
            {"a version of many digits", "GET / HTTP/1.10\r\n"},
            {"no slash", "GET chat HTTP/1.1\r\n"},
            {"asterisk for GET", "GET * HTTP/1.1\r\n"},
            {"bad escape", "GET /%zz HTTP/1.1\r\n"},
            {"escaped NUL", "GET /%00 HTTP/1.1\r\n"},
            {"fragment", "GET /a#b HTTP/1.1\r\n"},
            {"user information", "GET http://a@b/ HTTP/1.1\r\n"},
            {"the hello of TLS", std::string("\x16\x03\x01\x02\0\x01", 6)},
        },
        "refused 400\n");
    CHECK(parse("GET /\xC3\xA9 HTTP/1.1\r\nHost: x\r\n\r\n") == "refused 400\n");
  }

  TEST_CASE("HTTP/1.1 has exactly one Host, and any Host is one") {
    check_all(
        {
            {"none", "GET / HTTP/1.1\r\n\r\n"},
            {"none with an asterisk", "OPTIONS * HTTP/1.1\r\n\r\n"},
            {"none with an absolute target", "GET http://x/ HTTP/1.1\r\n\r\n"},
            {"two", get("Host: x\r\n")},
            {"two with an absolute target", "GET http://x/ HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"},
            {"two in HTTP/1.0", "GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n"},
            {"a path in it", "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n"},
            {"user information in it", "GET / HTTP/1.1\r\nHost: a@x\r\n\r\n"},
            {"a space in it", "GET / HTTP/1.1\r\nHost: x y\r\n\r\n"},
            {"a bad one in the target", "GET http://x\"y/ HTTP/1.1\r\nHost: x\r\n\r\n"},
        },
        "refused 400\n");
    CHECK(parse("GET / HTTP/1.1\r\nHost:\r\n\r\n") == "GET / [Host: ]\n");
    CHECK(parse("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n") == "GET / [Host: [::1]:80]\n");
  }

  TEST_CASE("broken chunks are refused") {
    check_all(
        {
            {"no size", chunked("\r\n")},
            {"size that is no number", chunked("g\r\n")},
            {"signed size", chunked("+1\r\na\r\n")},
            {"size with a prefix", chunked("0x1\r\na\r\n")},
            {"space before the size", chunked(" 1\r\na\r\n")},
            {"space behind the size", chunked("1 \r\na\r\n")},
            {"bare line feed behind the size", chunked("1\na\r\n")},
            {"bare carriage return behind the size", chunked("1\ra\r\n")},
            {"bare line feed in an extension", chunked("1;a\nb\r\na\r\n")},
            {"bare line feed in a quoted extension", chunked("1;a=\"\n\"\r\na\r\n")},
            {"bare line feed behind the data", chunked("1\r\na\n")},
            {"data longer than its size", chunked("1\r\nab\r\n")},
            {"bare line feed as the end", chunked("0\r\n\n")},
            {"bare line feed in a trailer", chunked("0\r\nA: b\nC: d\r\n\r\n")},
            {"folded trailer", chunked("0\r\nA: b\r\n c\r\n\r\n")},
            {"NUL in a trailer", chunked(std::string("0\r\nA: \0\r\n\r\n", 11))},
        },
        "refused 400\n");
  }

  TEST_CASE("what we do not do is answered 501") {
    check_all(
        {
            {"unknown method", "BREW / HTTP/1.1\r\nHost: x\r\n\r\n"},
            {"longer than a known method", "GETS / HTTP/1.1\r\nHost: x\r\n\r\n"},
            {"method in lower case", "get / HTTP/1.1\r\nHost: x\r\n\r\n"},
            {"method of RTSP", "PLAY / HTTP/1.1\r\nHost: x\r\n\r\n"},
            {"CONNECT", "CONNECT chat.example:80 HTTP/1.1\r\n"},
            {"unknown coding", get("Transfer-Encoding: gzip\r\n")},
            {"unknown coding before chunked", get("Transfer-Encoding: gzip, chunked\r\n")},
            {"identity", get("Transfer-Encoding: identity\r\n")},
            {"nearly chunked", get("Transfer-Encoding: xchunked\r\n")},
        },
        "refused 501\n");
  }

  TEST_CASE("other versions of HTTP are answered 505") {
    check_all(
        {
            {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
            {"HTTP/1.2", "GET / HTTP/1.2\r\n"},
            {"HTTP/2.0", "GET / HTTP/2.0\r\n"},
            {"HTTP/0.9", "GET / HTTP/0.9\r\n"},
        },
        "refused 505\n");
  }

  TEST_CASE("unknown expectations are answered 417") {
    CHECK(parse(get("Expect: 200-ok\r\n")) == "refused 417\n");
    CHECK(parse(get("Expect: 100-continue, more\r\nContent-Length: 1\r\n")) == "refused 417\n");
  }
}

}  // namespace chatd::http
