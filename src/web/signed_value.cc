#include "web/signed_value.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace chatd::web {

namespace {

constexpr std::string_view kFormat = "2|";
constexpr std::string_view kKeyVersion = "0";

// What stands between the bars.
struct Fields {
  std::string_view key_version;
  std::string_view timestamp;
  std::string_view name;
  std::string_view value;
  std::string_view signature;
};

std::string field(std::string_view text) {
  return std::to_string(text.size()) + ':' + std::string(text) + '|';
}

std::string sign(std::string_view secret, std::string_view text) {
  return hex_encode(hmac_sha256(secret, text));
}

// A decimal number as we write it: "0" or one that does not begin with a zero.
std::optional<std::uint64_t> canonical_number(std::string_view digits) {
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  return to_number<std::uint64_t>(digits);
}

// Takes "length:text|" from the front of `rest`.
std::optional<std::string_view> take_field(std::string_view& rest) {
  const std::size_t colon = rest.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto length = canonical_number(rest.substr(0, colon));
  const std::string_view after = rest.substr(colon + 1);
  if (!length || *length >= after.size() || after[*length] != '|') return std::nullopt;
  rest = after.substr(*length + 1);
  return after.substr(0, *length);
}

std::optional<Fields> parse(std::string_view text) {
  if (!text.starts_with(kFormat)) return std::nullopt;
  std::string_view rest = text.substr(kFormat.size());
  Fields fields;
  for (std::string_view* part :
       {&fields.key_version, &fields.timestamp, &fields.name, &fields.value}) {
    const auto taken = take_field(rest);
    if (!taken) return std::nullopt;
    *part = *taken;
  }
  fields.signature = rest;
  return fields;
}

}  // namespace

std::string create_signed_value(std::string_view secret, std::string_view name,
                                std::string_view value, std::chrono::sys_seconds now) {
  std::string text{kFormat};
  text += field(kKeyVersion);
  text += field(std::to_string(now.time_since_epoch().count()));
  text += field(name);
  text += field(base64_encode(value));
  return text + sign(secret, text);
}

std::optional<SignedValue> decode_signed_value(std::string_view secret, std::string_view name,
                                               std::string_view text, std::chrono::seconds max_age,
                                               std::chrono::sys_seconds now) {
  const auto fields = parse(text);
  if (!fields || fields->key_version != kKeyVersion) return std::nullopt;

  const std::string_view was_signed = text.substr(0, text.size() - fields->signature.size());
  if (!equal_in_constant_time(fields->signature, sign(secret, was_signed))) return std::nullopt;
  // From here on these are the words of someone who knows the secret.
  if (fields->name != name) return std::nullopt;

  const auto seconds = canonical_number(fields->timestamp);
  if (!seconds) return std::nullopt;
  const std::chrono::sys_seconds timestamp{
      std::chrono::seconds{static_cast<std::int64_t>(*seconds)}};
  if (timestamp < now - max_age) return std::nullopt;

  auto value = base64_decode(fields->value);
  if (!value) return std::nullopt;
  return SignedValue{std::move(*value), timestamp, std::string(fields->signature)};
}

}  // namespace chatd::web
