#pragma once
// The cryptography that chatd needs, from OpenSSL. Any thread. None of these throws but for
// std::runtime_error when OpenSSL itself fails, which means that the process is out of memory or
// of randomness.

#include <string>
#include <string_view>

namespace chatd {

// 20 raw bytes. Only for RFC 6455's handshake, where it is not a matter of security.
std::string sha1(std::string_view bytes);

// 32 raw bytes.
std::string sha256(std::string_view bytes);

// 32 raw bytes.
std::string hmac_sha256(std::string_view key, std::string_view bytes);

// From the system's generator for secrets.
std::string random_bytes(std::size_t count);

// Takes the same time wherever the two differ; texts of different length differ at once.
bool equal_in_constant_time(std::string_view left, std::string_view right);

}  // namespace chatd
