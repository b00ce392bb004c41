#pragma once
// What a request's target says, and the fields of a query or a form. Any thread.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chatd::http {

struct Target {
  std::string authority = {};  // "chat.example:8888" of an absolute-form; else empty
  std::string path = {};       // percent-decoded; begins with '/', or is "*"
  std::string query = {};      // as sent, without the '?'
};

// Reads "/chat?x=1", "http://chat.example/chat?x=1" and "*" (RFC 9112, 3.2). None where the path
// has a bad escape or a NUL, and for all else. "." and ".." segments stay as they are: who opens
// files by this path must not follow them.
[[nodiscard]] std::optional<Target> parse_target(std::string_view target);

struct FormField {
  std::string name;
  std::string value;
};

// In the order in which they came; a name may come again.
using FormFields = std::vector<FormField>;

inline constexpr std::size_t kMaxFormFields = 1000;

// application/x-www-form-urlencoded, as queries and form posts have it: fields between '&', '+' is
// a space. A '%' without two hexadecimal digits stands for itself, as browsers and Tornado read it;
// a field without
// '=' has an empty value; empty fields are left out. None where there are more than `max_fields`.
[[nodiscard]] std::optional<FormFields> parse_form(std::string_view text,
                                                   std::size_t max_fields = kMaxFormFields);

}  // namespace chatd::http
