#include "base/crypto.h"

#include "base/encoding.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace chatd {

TEST_SUITE("base") {
  TEST_CASE("sha1 gives RFC 6455's example of a handshake and FIPS 180's of a hash") {
    CHECK(base64_encode(sha1("dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) ==
          "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    CHECK(hex_encode(sha1("abc")) == "a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK(hex_encode(sha1("")) == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  }

  TEST_CASE("sha256 gives FIPS 180's examples") {
    CHECK(hex_encode(sha256("abc")) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hex_encode(sha256("")) ==
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  }

  TEST_CASE("hmac_sha256 gives the examples of RFC 4231") {
    CHECK(hex_encode(hmac_sha256(std::string(20, '\x0B'), "Hi There")) ==
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(hex_encode(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(hex_encode(hmac_sha256(std::string(20, '\xAA'), std::string(50, '\xDD'))) ==
          "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    CHECK(hex_encode(hmac_sha256(std::string(131, '\xAA'),
                                 "Test Using Larger Than Block-Size Key - Hash Key First")) ==
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  }

  TEST_CASE("hmac_sha256 takes an empty key and empty bytes for what they are") {
    const std::string expected = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
    CHECK(hex_encode(hmac_sha256("other key", "other bytes")) != expected);
    CHECK(hex_encode(hmac_sha256("", "")) == expected);
    CHECK(hex_encode(hmac_sha256({}, {})) == expected);
  }

  TEST_CASE("random bytes are as many as asked for and never the same") {
    CHECK(random_bytes(0).empty());
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) seen.insert(random_bytes(16));
    CHECK(seen.size() == 100);
    CHECK(seen.begin()->size() == 16);
  }

  TEST_CASE("texts are equal in constant time when they are equal") {
    CHECK(equal_in_constant_time("secret", "secret"));
    CHECK(equal_in_constant_time("", {}));
    CHECK_FALSE(equal_in_constant_time("secret", "secreT"));
    CHECK_FALSE(equal_in_constant_time("secret", "Secret"));
    CHECK_FALSE(equal_in_constant_time("secret", "secrets"));
  }
}

}  // namespace chatd
