#include "net/network.h"

#include <doctest/doctest.h>

#include <span>
#include <string>
#include <string_view>

namespace chatd::net {
namespace {

bool within(const char* network, const char* address) {
  const auto parsed = Network::parse(network);
  REQUIRE_MESSAGE(parsed, network);
  return parsed->contains(address);
}

}  // namespace

TEST_SUITE("net") {
  TEST_CASE("an address is written as the system writes it") {
    CHECK(IpAddress::parse("192.0.2.1")->to_string() == "192.0.2.1");
    CHECK(IpAddress::parse("2001:DB8:0::1")->to_string() == "2001:db8::1");
    CHECK(IpAddress::parse("::ffff:192.0.2.1")->to_string() == "192.0.2.1");
    for (const char* text :
         {"", " ", "192.0.2", "192.0.2.256", "192.0.2.1:80", "[::1]", "fe80::1%eth0", "1.2.3.4 ",
          "0x7f.1", "chat.example", "::1::", "unknown"}) {
      CHECK_MESSAGE(!IpAddress::parse(text), text);
    }
    CHECK_FALSE(IpAddress::parse(std::string(100'000, '1')));
    CHECK_FALSE(IpAddress::parse(std::string_view("127.0.0.1\0x", 11)));
  }

  TEST_CASE("an address on the wire is the address in text") {
    using namespace std::string_view_literals;
    const auto bytes = [](std::string_view text) { return std::span(text.data(), text.size()); };
    CHECK(IpAddress::of_ipv4(bytes("\xC0\x00\x02\x01"sv).first<4>()) ==
          IpAddress::parse("192.0.2.1"));
    CHECK(IpAddress::of_ipv6(bytes("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"sv).first<16>()) ==
          IpAddress::parse("2001:db8::7"));
    CHECK(IpAddress::of_ipv6(bytes("\0\0\0\0\0\0\0\0\0\0\xFF\xFF\xC0\x00\x02\x01"sv).first<16>()) ==
          IpAddress::parse("192.0.2.1"));
  }

  TEST_CASE("the subnet of an IPv6 address is its first half") {
    CHECK(IpAddress::parse("2001:db8:1:2:3:4:5:6")->subnet().to_string() == "2001:db8:1:2::");
    CHECK(IpAddress::parse("192.0.2.1")->subnet().to_string() == "192.0.2.1");
  }

  TEST_CASE("a network holds its addresses to the bit and no other") {
    CHECK(within("192.0.2.0/24", "192.0.2.0"));
    CHECK(within("192.0.2.0/24", "192.0.2.255"));
    CHECK_FALSE(within("192.0.2.0/24", "192.0.3.0"));
    CHECK_FALSE(within("192.0.2.0/24", "192.0.1.255"));
    CHECK(within("192.0.2.128/25", "192.0.2.128"));
    CHECK_FALSE(within("192.0.2.128/25", "192.0.2.127"));
    CHECK(within("192.0.2.77/24", "192.0.2.1"));
    CHECK(within("192.0.2.1", "192.0.2.1"));
    CHECK(within("192.0.2.1/32", "::ffff:192.0.2.1"));
    CHECK_FALSE(within("192.0.2.1", "192.0.2.2"));
    CHECK(within("0.0.0.0/0", "255.255.255.255"));
    CHECK_FALSE(within("0.0.0.0/0", "::1"));
    CHECK(within("2001:db8::/33", "2001:db8:7fff::1"));
    CHECK_FALSE(within("2001:db8::/33", "2001:db8:8000::1"));
    CHECK(within("::/0", "2001:db8::1"));
    CHECK_FALSE(within("::/0", "192.0.2.1"));
    CHECK(within("::1", "::1"));
    CHECK_FALSE(within("0.0.0.0/0", ""));
    CHECK_FALSE(within("0.0.0.0/0", "unknown"));
  }

  TEST_CASE("who comes over a Unix socket is a network of its own") {
    CHECK(within("unix", ""));
    CHECK_FALSE(within("unix", "127.0.0.1"));
  }

  TEST_CASE("what is no network is refused") {
    for (const char* text : {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
                             "10.0.0.0/8/8", "::/129", "10.0.0.0/a", "10/8", "localhost", "*",
                             "10.0.0.0/ 8", "::ffff:192.0.2.0/120", "10.0.0.0/256"}) {
      CHECK_MESSAGE(!Network::parse(text), text);
    }
  }
}

}  // namespace chatd::net
