#pragma once
// What a Parser makes of bytes, as one line of text, however the bytes were cut into pieces.

#include "http/parser.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace chatd::http {

inline std::string shown(const Request& request) {
  std::string text = request.method + " " + request.path;
  if (!request.query.empty()) text += "?" + request.query;
  for (const auto& [name, value] : request.headers) text += " [" + name + ": " + value + "]";
  if (!request.body.empty()) text += " {" + request.body + "}";
  return text + "\n";
}

// "GET / [Host: x]\nrefused 400\n"; ends with "partial" where a request has begun and not ended.
inline std::string parse_pieces(const std::vector<std::string_view>& pieces, const Limits& limits) {
  Parser parser(limits);
  std::string text;
  for (std::string_view rest : pieces) {
    while (!rest.empty()) {
      const auto [taken, progress] = parser.feed(rest);
      rest.remove_prefix(taken);
      if (progress == Parser::Progress::Refused) {
        return text + "refused " + std::to_string(number(parser.refusal().status)) + "\n";
      }
      if (progress == Parser::Progress::Complete) text += shown(parser.take());
    }
  }
  return parser.state() == Parser::State::Idle ? text : text + "partial\n";
}

// Whole, split at every byte, and byte by byte: the outcome must be the same.
inline std::string parse(std::string_view bytes, const Limits& limits = {}) {
  const std::string whole = parse_pieces({bytes}, limits);
  std::vector<std::string_view> single;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    CAPTURE(at);
    CHECK(parse_pieces({bytes.substr(0, at), bytes.substr(at)}, limits) == whole);
    single.push_back(bytes.substr(at, 1));
  }
  CHECK(parse_pieces(single, limits) == whole);
  return whole;
}

}  // namespace chatd::http
