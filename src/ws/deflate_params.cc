#include "ws/deflate_params.h"

#include "base/text.h"

#include <algorithm>
#include <utility>

namespace chatd::ws {

namespace {

constexpr std::string_view kName = "permessage-deflate";

// What an offer says; what it does not say is none or false.
struct Offer {
  bool server_no_takeover = false;
  bool client_no_takeover = false;
  bool client_window = false;  // the client can be told a window
  std::optional<int> server_window_bits;
  std::optional<int> client_window_bits;
};

struct Parameter {
  std::string_view name;
  std::optional<std::string_view> value;
};

// `name`, `name=value` or `name="value"`.
Parameter parse_parameter(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {trim(text), std::nullopt};
  std::string_view value = trim(text.substr(equals + 1));
  if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) {
    value = value.substr(1, value.size() - 2);
  }
  return {trim(text.substr(0, equals)), value};
}

// 8 to 15, without leading zeros (7.1.2.1).
std::optional<int> parse_window_bits(std::string_view value) {
  const auto bits = value.starts_with('0') ? std::nullopt : to_number<unsigned>(value);
  if (!bits || *bits < 8 || *bits > 15) return std::nullopt;
  return static_cast<int>(*bits);
}

bool set_once(bool& flag) { return !std::exchange(flag, true); }

// Puts one parameter into `offer`; false if that makes the offer one to decline.
bool read_parameter(const Parameter& parameter, Offer& offer) {
  const auto& [name, value] = parameter;
  const auto bits = value ? parse_window_bits(*value) : std::nullopt;
  if (value && !bits) return false;  // windows alone have values
  if (name == "server_no_context_takeover") return !value && set_once(offer.server_no_takeover);
  if (name == "client_no_context_takeover") return !value && set_once(offer.client_no_takeover);
  if (name == "server_max_window_bits") {
    return bits && !std::exchange(offer.server_window_bits, bits);
  }
  if (name == "client_max_window_bits") {
    offer.client_window_bits = bits;
    return set_once(offer.client_window);
  }
  return false;
}

std::optional<Offer> parse_offer(std::string_view text) {
  const auto parts = split(text, ';');
  if (trim(parts.front()) != kName) return std::nullopt;
  Offer offer;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (!read_parameter(parse_parameter(parts[i]), offer)) return std::nullopt;
  }
  return offer;
}

DeflateAgreement agree(const Offer& offer, const DeflateOptions& options) {
  DeflateAgreement agreement;
  auto& [params, answer] = agreement;
  answer = kName;
  if (options.server_takeover == Takeover::Yes && !offer.server_no_takeover) {
    params.server_takeover = Takeover::Yes;
  } else {
    answer += "; server_no_context_takeover";
  }
  if (options.client_takeover == Takeover::Yes && !offer.client_no_takeover) {
    params.client_takeover = Takeover::Yes;
  } else {
    answer += "; client_no_context_takeover";
  }
  params.server_window_bits =
      std::min(options.server_window_bits, offer.server_window_bits.value_or(kMaxWindowBits));
  if (offer.server_window_bits || params.server_window_bits < kMaxWindowBits) {
    answer += "; server_max_window_bits=" + std::to_string(params.server_window_bits);
  }
  // 7.1.2.2: a client that did not mention its window must not be told one, and uses the largest.
  if (!offer.client_window) return agreement;
  params.client_window_bits =
      std::min(options.client_window_bits, offer.client_window_bits.value_or(kMaxWindowBits));
  if (params.client_window_bits < kMaxWindowBits) {
    answer += "; client_max_window_bits=" + std::to_string(params.client_window_bits);
  }
  return agreement;
}

}  // namespace

std::optional<DeflateAgreement> negotiate_deflate(const std::vector<std::string_view>& offers,
                                                  const DeflateOptions& options) {
  for (const std::string_view text : offers) {
    const auto offer = parse_offer(text);
    if (!offer || offer->server_window_bits.value_or(kMaxWindowBits) < kMinWindowBits) continue;
    return agree(*offer, options);
  }
  return std::nullopt;
}

}  // namespace chatd::ws
