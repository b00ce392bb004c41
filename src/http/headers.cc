#include "http/headers.h"

#include "base/text.h"

#include <algorithm>
#include <utility>

namespace chatd::http {

namespace {

bool is_token_char(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kMarks.find(c) != std::string_view::npos;
}

bool is_value_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7F);
}

// The end of the list member that `text` begins with: the first comma outside a quoted string.
std::size_t member_end(std::string_view text) {
  bool in_quotes = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') in_quotes = !in_quotes;
    if (text[at] == '\\' && in_quotes) ++at;  // RFC 9110, 5.6.4: a quoted-pair is one character.
    if (at < text.size() && text[at] == ',' && !in_quotes) return at;
  }
  return text.size();
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_value_char);
}

void Headers::add(std::string name, std::string value) {
  fields_.push_back({std::move(name), std::move(value)});
}

void Headers::set(std::string_view name, std::string value) {
  const auto has_name = [name](const Header& field) { return iequals(field.name, name); };
  const auto first = std::find_if(fields_.begin(), fields_.end(), has_name);
  if (first == fields_.end()) return add(std::string(name), std::move(value));
  first->value = std::move(value);
  fields_.erase(std::remove_if(first + 1, fields_.end(), has_name), fields_.end());
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [name](const Header& field) { return iequals(field.name, name); });
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const Header& field : fields_) {
    if (iequals(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Headers::get_all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const Header& field : fields_) {
    if (iequals(field.name, name)) values.push_back(field.value);
  }
  return values;
}

std::vector<std::string_view> Headers::list(std::string_view name) const {
  std::vector<std::string_view> members;
  for (std::string_view rest : get_all(name)) {
    while (!rest.empty()) {
      const auto end = member_end(rest);
      const std::string_view member = trim(rest.substr(0, end));
      if (!member.empty()) members.push_back(member);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return members;
}

bool Headers::has_token(std::string_view name, std::string_view token) const {
  const auto members = list(name);
  return std::any_of(members.begin(), members.end(),
                     [token](std::string_view member) { return iequals(member, token); });
}

}  // namespace chatd::http
