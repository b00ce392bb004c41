#include "config_file.h"

#include "base/text.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace chatd {

namespace {

constexpr std::string_view kUtf8ByteOrderMark = "\xEF\xBB\xBF";

// What is left of a line, taken from its front.
class Rest {
 public:
  explicit Rest(std::string_view text) : text_(trim(text)) {}

  bool take(char wanted) {
    if (!text_.starts_with(wanted)) return false;
    text_ = trim(text_.substr(1));
    return true;
  }

  // Up to one of `ends`, or to a comment.
  std::string take_word(std::string_view ends) {
    std::size_t size = 0;
    while (size < text_.size() && ends.find(text_[size]) == std::string_view::npos &&
           !is_comment(size)) {
      ++size;
    }
    const std::string_view word = trim(text_.substr(0, size));
    text_ = trim(text_.substr(size));
    return std::string(word);
  }

  // Between quotes; none where the closing one is missing.
  std::optional<std::string> take_quoted() {
    std::string value;
    for (std::size_t at = 1; at < text_.size(); ++at) {
      if (text_[at] == '"') {
        text_ = trim(text_.substr(at + 1));
        return value;
      }
      const char next = at + 1 < text_.size() ? text_[at + 1] : '\0';
      if (text_[at] == '\\' && (next == '"' || next == '\\')) ++at;
      value += text_[at];
    }
    return std::nullopt;
  }

  std::optional<std::string> take_value(std::string_view ends) {
    if (text_.starts_with('"')) return take_quoted();
    return take_word(ends);
  }

  bool over() const { return text_.empty() || text_[0] == '#'; }

 private:
  // A '#' within a word belongs to it.
  bool is_comment(std::size_t at) const {
    return text_[at] == '#' && (at == 0 || text_[at - 1] == ' ' || text_[at - 1] == '\t');
  }

  std::string_view text_;
};

// "[a, b]", behind its bracket; none where it does not end.
std::optional<std::vector<std::string>> take_list(Rest& rest) {
  std::vector<std::string> values;
  while (!rest.take(']')) {
    auto value = rest.take_value(",]");
    if (!value || value->empty()) return std::nullopt;
    values.push_back(std::move(*value));
    if (!rest.take(',')) return rest.take(']') ? std::optional(values) : std::nullopt;
  }
  return values;
}

// None where the line is neither "name = value" nor "name = [list]".
std::optional<Setting> parse_line(Rest rest) {
  Setting setting{.name = rest.take_word("="), .values = {}};
  if (setting.name.empty() || !rest.take('=')) return std::nullopt;
  if (rest.take('[')) {
    auto values = take_list(rest);
    if (!values) return std::nullopt;
    setting.values = std::move(*values);
  } else {
    auto value = rest.take_value("");
    if (!value) return std::nullopt;
    setting.values.push_back(std::move(*value));
  }
  return rest.over() ? std::optional(setting) : std::nullopt;
}

}  // namespace

Result<std::vector<Setting>> parse_config_file(std::string_view text) {
  if (text.starts_with(kUtf8ByteOrderMark)) text.remove_prefix(kUtf8ByteOrderMark.size());
  std::vector<Setting> settings;
  std::size_t number = 0;
  for (std::string_view line : split(text, '\n')) {
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (Rest(line).over()) continue;
    auto setting = parse_line(Rest(line));
    if (!setting) {
      return Failure{Error{"line " + std::to_string(number) + " is not like name = value"}};
    }
    settings.push_back(std::move(*setting));
  }
  return settings;
}

}  // namespace chatd
