#include "http/conditions.h"

#include "http/date.h"

#include <algorithm>
#include <optional>

namespace chatd::http {

namespace {

// RFC 9110, 8.8.3.2: the weak comparison takes a tag that a proxy weakened for the same.
enum class Comparison { Strong, Weak };

bool is_same(std::string_view theirs, std::string_view ours, Comparison comparison) {
  if (comparison == Comparison::Weak && theirs.starts_with("W/")) theirs.remove_prefix(2);
  return theirs == ours;
}

bool names(const Headers& headers, std::string_view field, std::string_view etag,
           Comparison comparison) {
  const auto tags = headers.list(field);
  return std::any_of(tags.begin(), tags.end(), [&](std::string_view tag) {
    return tag == "*" || is_same(tag, etag, comparison);
  });
}

std::optional<std::chrono::sys_seconds> date_in(const Headers& headers, std::string_view field) {
  const auto text = headers.get(field);
  return text ? parse_http_date(*text) : std::nullopt;
}

}  // namespace

Verdict judge_conditions(const Request& request, const Validators& validators) {
  const Headers& headers = request.headers;
  if (headers.contains("If-Match")) {
    if (!names(headers, "If-Match", validators.etag, Comparison::Strong)) return Verdict::Failed;
  } else if (const auto date = date_in(headers, "If-Unmodified-Since")) {
    if (validators.modified > *date) return Verdict::Failed;
  }
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (headers.contains("If-None-Match")) {
    if (!names(headers, "If-None-Match", validators.etag, Comparison::Weak)) return Verdict::Serve;
    return reads ? Verdict::NotModified : Verdict::Failed;
  }
  const auto date = date_in(headers, "If-Modified-Since");
  return reads && date && validators.modified <= *date ? Verdict::NotModified : Verdict::Serve;
}

bool may_send_range(const Request& request, const Validators& validators) {
  // 14.2: for other methods it means nothing.
  if (request.method != "GET") return false;
  const auto condition = request.headers.get("If-Range");
  if (!condition) return true;
  if (condition->starts_with('"') || condition->starts_with("W/")) {
    return is_same(*condition, validators.etag, Comparison::Strong);
  }
  // 13.1.5: an exact match, not an earlier date.
  return parse_http_date(*condition) == validators.modified;
}

}  // namespace chatd::http
