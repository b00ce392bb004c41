#include "web/xsrf_token.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace chatd::web {

namespace {

constexpr std::size_t kSecretBytes = 16;

std::string xored(std::string text, std::string_view mask) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    text[at] = static_cast<char>(text[at] ^ mask[at % mask.size()]);
  }
  return text;
}

bool is_secret(std::string_view bytes) {
  return !bytes.empty() && bytes.size() <= XsrfToken::kMaxSecretBytes;
}

std::optional<std::chrono::sys_seconds> parse_time(std::string_view digits) {
  const auto seconds = to_number<std::uint64_t>(digits);
  if (!seconds || *seconds > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return std::chrono::sys_seconds{std::chrono::seconds{static_cast<std::int64_t>(*seconds)}};
}

// Whether it begins with a version, as all but version 1 do: "2|", "17|".
bool says_version(std::string_view text) {
  const std::size_t bar = text.find('|');
  if (bar == std::string_view::npos || bar == 0 || text.front() == '0') return false;
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bar),
                     [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

XsrfToken::XsrfToken(std::string secret, std::chrono::sys_seconds made)
    : secret_(std::move(secret)), made_(made) {}

XsrfToken XsrfToken::make(std::chrono::sys_seconds now) {
  return {random_bytes(kSecretBytes), now};
}

std::optional<XsrfToken> XsrfToken::parse(std::string_view text, std::chrono::sys_seconds now) {
  if (text.size() > kMaxTextBytes) return std::nullopt;
  if (!says_version(text)) {
    std::string secret = hex_decode(text).value_or(std::string(text));
    if (!is_secret(secret)) return std::nullopt;
    return XsrfToken(std::move(secret), now);
  }

  const std::vector<std::string_view> fields = split(text, '|');
  if (fields.size() != 4 || fields[0] != "2") return std::nullopt;
  const auto mask = hex_decode(fields[1]);
  auto masked = hex_decode(fields[2]);
  const auto made = parse_time(fields[3]);
  if (!mask || mask->size() != kMaskBytes || !masked || !is_secret(*masked) || !made) {
    return std::nullopt;
  }
  return XsrfToken(xored(std::move(*masked), *mask), *made);
}

std::string XsrfToken::to_string() const { return masked(random_bytes(kMaskBytes)); }

std::string XsrfToken::masked(std::string_view mask) const {
  return "2|" + hex_encode(mask) + '|' + hex_encode(xored(secret_, mask)) + '|' +
         std::to_string(made_.time_since_epoch().count());
}

bool XsrfToken::matches(const XsrfToken& other) const {
  return equal_in_constant_time(secret_, other.secret_);
}

}  // namespace chatd::web
