#include "web/language.h"

#include "base/text.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace chatd::web {

namespace {

struct Wish {
  std::string_view range;  // "zh-CN", "en", "*"
  int weight = 0;          // in thousandths; 0: not wanted at all
};

// "0.7" is 700; RFC 9110, 12.4.2 allows three digits behind the point.
std::optional<int> parse_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int weight = (text[0] - '0') * 1000;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int place = 100;
  for (std::size_t i = 2; i < text.size(); ++i, place /= 10) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    weight += (text[i] - '0') * place;
  }
  if (weight > 1000) return std::nullopt;
  return weight;
}

// "en-US;q=0.8"; none when it makes no sense.
std::optional<Wish> parse_wish(std::string_view member) {
  const std::size_t semicolon = member.find(';');
  Wish wish{trim(member.substr(0, semicolon)), 1000};
  if (wish.range.empty()) return std::nullopt;
  if (semicolon == std::string_view::npos) return wish;
  const std::string_view parameter = trim(member.substr(semicolon + 1));
  if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) return std::nullopt;
  const auto weight = parse_weight(parameter.substr(2));
  if (!weight) return std::nullopt;
  wish.weight = *weight;
  return wish;
}

bool matches(std::string_view range, std::string_view language) {
  return iequals(range.substr(0, range.find('-')), language);
}

// Where a language stands: its weight, and how far in front it was named.
struct Rank {
  int weight = 0;
  std::size_t position = 0;

  bool beats(const Rank& other) const {
    return weight > other.weight || (weight == other.weight && position < other.position);
  }
};

// A range that names the language goes before "*".
Rank rank(const std::vector<Wish>& wishes, std::string_view language) {
  Rank best{0, wishes.size()};
  Rank wildcard = best;
  bool named = false;
  for (std::size_t i = 0; i < wishes.size(); ++i) {
    const Rank here{wishes[i].weight, i};
    if (matches(wishes[i].range, language)) {
      if (!named || here.beats(best)) best = here;
      named = true;
    } else if (wishes[i].range == "*") {
      wildcard = here;
    }
  }
  return named ? best : wildcard;
}

}  // namespace

std::string_view best_language(std::string_view accept_language,
                               std::span<const std::string_view> offered) {
  std::vector<Wish> wishes;
  for (const std::string_view member : split(accept_language, ',')) {
    if (const auto wish = parse_wish(member)) wishes.push_back(*wish);
  }
  std::string_view best = offered.front();
  Rank best_rank = rank(wishes, best);
  for (const std::string_view language : offered.subspan(1)) {
    const Rank here = rank(wishes, language);
    if (here.weight > 0 && here.beats(best_rank)) {
      best = language;
      best_rank = here;
    }
  }
  return best;
}

}  // namespace chatd::web
