#include "http/url.h"

#include "base/encoding.h"
#include "base/text.h"

#include <algorithm>

namespace chatd::http {

namespace {

// What follows "http://" or "https://"; none if it is neither.
std::optional<std::string_view> after_scheme(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (iequals(target.substr(0, scheme.size()), scheme)) return target.substr(scheme.size());
  }
  return std::nullopt;
}

// A path and its query, as an origin-form has them.
std::optional<Target> parse_origin(std::string_view origin) {
  // RFC 9112, 3.2.1: a fragment is never sent; who sends one means something that we do not.
  if (origin.find('#') != std::string_view::npos) return std::nullopt;
  const auto mark = origin.find('?');
  auto path = percent_decode(origin.substr(0, mark));
  if (!path || !path->starts_with('/')) return std::nullopt;
  if (path->find('\0') != std::string::npos) return std::nullopt;
  Target parsed{.path = std::move(*path)};
  if (mark != std::string_view::npos) parsed.query = origin.substr(mark + 1);
  return parsed;
}

// `rest` is what follows the scheme. RFC 9110, 4.2.4: user information in a target is a trick.
std::optional<Target> parse_absolute(std::string_view rest) {
  const auto authority_end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view authority = rest.substr(0, authority_end);
  if (authority.empty() || authority.find('@') != std::string_view::npos) return std::nullopt;
  std::string origin(rest.substr(authority_end));
  if (!origin.starts_with('/')) origin.insert(0, "/");
  auto parsed = parse_origin(origin);
  if (parsed) parsed->authority = authority;
  return parsed;
}

std::string decode_form(std::string_view text) {
  if (auto decoded = percent_decode(text, PlusSign::IsSpace)) return *std::move(decoded);
  // Somewhere a '%' stands for itself: take the text apart at each one.
  std::string decoded;
  while (!text.empty()) {
    const auto next = std::min(text.find('%', 1), text.size());
    const std::string_view piece = text.substr(0, next);
    if (auto good = percent_decode(piece, PlusSign::IsSpace)) {
      decoded += *good;
    } else {
      decoded += '%';
      decoded += percent_decode(piece.substr(1), PlusSign::IsSpace).value_or("");
    }
    text.remove_prefix(next);
  }
  return decoded;
}

}  // namespace

std::optional<Target> parse_target(std::string_view target) {
  if (target == "*") return Target{.path = "*"};
  if (target.starts_with('/')) return parse_origin(target);
  const auto rest = after_scheme(target);
  if (!rest) return std::nullopt;
  return parse_absolute(*rest);
}

std::optional<FormFields> parse_form(std::string_view text, std::size_t max_fields) {
  FormFields fields;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const std::string_view field = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (field.empty()) continue;
    if (fields.size() == max_fields) return std::nullopt;
    const auto equals = std::min(field.find('='), field.size());
    const auto value_at = std::min(equals + 1, field.size());
    fields.push_back({decode_form(field.substr(0, equals)), decode_form(field.substr(value_at))});
  }
  return fields;
}

}  // namespace chatd::http
