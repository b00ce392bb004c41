#include "base/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <stdexcept>

namespace chatd {

namespace {

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

void demand(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("OpenSSL cannot ") + what);
}

std::string digest(const EVP_MD* algorithm, std::string_view bytes) {
  std::string hash(static_cast<std::size_t>(EVP_MD_get_size(algorithm)), '\0');
  demand(EVP_Digest(bytes.data(), bytes.size(), raw(hash), nullptr, algorithm, nullptr) == 1,
         "hash");
  return hash;
}

}  // namespace

std::string sha1(std::string_view bytes) { return digest(EVP_sha1(), bytes); }

std::string sha256(std::string_view bytes) { return digest(EVP_sha256(), bytes); }

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::string code(32, '\0');
  // An empty key is given as "": OpenSSL takes a null pointer to mean "the key of last time".
  const void* key_bytes = key.empty() ? "" : static_cast<const void*>(key.data());
  const auto* made = HMAC(EVP_sha256(), key_bytes, static_cast<int>(key.size()), raw(bytes),
                          bytes.size(), raw(code), nullptr);
  demand(made != nullptr, "sign");
  return code;
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  demand(RAND_bytes(raw(bytes), static_cast<int>(count)) == 1, "make random bytes");
  return bytes;
}

bool equal_in_constant_time(std::string_view left, std::string_view right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace chatd
