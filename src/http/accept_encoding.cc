#include "http/accept_encoding.h"

#include "base/text.h"

#include <optional>

namespace chatd::http {

namespace {

// "0.7" is 700 (RFC 9110, 12.4.2); 0, unwanted, for what is no weight.
int parse_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text[1] != '.')) return 0;
  if (text[0] == '1') return text.find_first_not_of('0', 2) == std::string_view::npos ? 1000 : 0;
  if (text[0] != '0') return 0;
  int weight = 0;
  int place = 100;
  for (const char c : text.substr(text.size() > 1 ? 2 : 1)) {
    if (c < '0' || c > '9') return 0;
    weight += (c - '0') * place;
    place /= 10;
  }
  return weight;
}

int weight_of(std::string_view parameters) {
  const std::string_view text = trim(parameters);
  if (text.empty()) return 1000;
  if (text.size() < 2 || !iequals(text.substr(0, 2), "q=")) return 0;
  return parse_weight(text.substr(2));
}

}  // namespace

bool accepts_gzip(const Headers& headers) {
  std::optional<int> gzip;
  std::optional<int> any;
  int identity = 0;
  for (const std::string_view member : headers.list("Accept-Encoding")) {
    const std::size_t semicolon = member.find(';');
    const bool bare = semicolon == std::string_view::npos;
    const std::string_view coding = trim(member.substr(0, semicolon));
    const int weight = bare ? 1000 : weight_of(member.substr(semicolon + 1));
    if (iequals(coding, "gzip") || iequals(coding, "x-gzip")) gzip = weight;
    if (iequals(coding, "identity")) identity = weight;
    if (coding == "*") any = weight;
  }
  const int ours = gzip.value_or(any.value_or(0));
  return ours > 0 && ours >= identity;
}

}  // namespace chatd::http
