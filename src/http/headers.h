#pragma once
// Headers: the fields of a request or response, in the order in which they came; names without
// regard to case (RFC 9110, 5.1). A value.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chatd::http {

// Whether it may be a field's name, a method or a cookie's name (RFC 9110, 5.6.2).
bool is_token(std::string_view text);

// Whether it may be a field's value: no control character but the tab (RFC 9110, 5.5). What fails
// here never reaches the wire: print_head() leaves such a field out.
bool is_field_value(std::string_view text);

struct Header {
  std::string name;
  std::string value;
};

class Headers {
 public:
  void add(std::string name, std::string value);
  // Replaces all of that name.
  void set(std::string_view name, std::string value);
  void remove(std::string_view name);

  // The first of that name.
  std::optional<std::string_view> get(std::string_view name) const;
  // All of that name.
  std::vector<std::string_view> get_all(std::string_view name) const;
  bool contains(std::string_view name) const { return get(name).has_value(); }

  // The members of a comma-separated list field, over all its lines, without the space around them
  // and without empty ones (RFC 9110, 5.6.1). Commas within quoted strings do not separate.
  std::vector<std::string_view> list(std::string_view name) const;
  // Whether that list has this token, without regard to case: headers.has_token("Connection",
  // "upgrade").
  bool has_token(std::string_view name, std::string_view token) const;

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }
  bool empty() const { return fields_.empty(); }

 private:
  std::vector<Header> fields_;
};

}  // namespace chatd::http
