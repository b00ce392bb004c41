#include "web/pattern.h"

#include "base/text.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace chatd::web {

Pattern::Pattern(std::string_view text) : text_(text) {
  if (!text.starts_with('/')) throw std::invalid_argument("pattern must begin with /: " + text_);
  for (const std::string_view segment : split(text.substr(1), '/')) add(segment);
}

void Pattern::add(std::string_view text) {
  if (!segments_.empty() && segments_.back().kind == Segment::Kind::Rest) {
    throw std::invalid_argument("pattern goes on behind its *: " + text_);
  }
  Segment segment{.kind = Segment::Kind::Literal, .text = std::string(text)};
  if (text == "*") segment.kind = Segment::Kind::Rest;
  if (text.starts_with(':')) {
    segment = {.kind = Segment::Kind::Hole, .text = std::string(text.substr(1))};
  }
  const bool taken = std::any_of(segments_.begin(), segments_.end(), [&](const Segment& other) {
    return other.kind == Segment::Kind::Hole && other.text == segment.text;
  });
  if (segment.kind == Segment::Kind::Hole && (segment.text.empty() || taken)) {
    throw std::invalid_argument("pattern must name each of its : once: " + text_);
  }
  segments_.push_back(std::move(segment));
}

std::optional<PathArguments> Pattern::match(std::string_view path) const {
  PathArguments arguments;
  for (const Segment& segment : segments_) {
    // Each segment has its slash before it.
    if (!path.starts_with('/')) return std::nullopt;
    path.remove_prefix(1);
    if (segment.kind == Segment::Kind::Rest) {
      arguments.push_back({"*", std::string(path)});
      return arguments;
    }
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(part.size());
    if (segment.kind == Segment::Kind::Literal) {
      if (part != segment.text) return std::nullopt;
    } else {
      if (part.empty()) return std::nullopt;
      arguments.push_back({segment.text, std::string(part)});
    }
  }
  if (!path.empty()) return std::nullopt;
  return arguments;
}

}  // namespace chatd::web
