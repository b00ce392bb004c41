#pragma once
// Method: the request methods that a handler can answer (RFC 9110, 9.3 and RFC 5789), and sets of
// them. Values; any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace chatd::web {

enum class Method : std::uint8_t { Get, Head, Post, Put, Delete, Patch, Options };

// None for a method that we do not know. Methods are case-sensitive (RFC 9110, 9.1).
std::optional<Method> parse_method(std::string_view name);
std::string_view name_of(Method method);

// May change what the server keeps; not "safe" (RFC 9110, 9.2.1).
constexpr bool changes_state(Method method) {
  return method == Method::Post || method == Method::Put || method == Method::Delete ||
         method == Method::Patch;
}

class MethodSet {
 public:
  constexpr MethodSet() = default;
  constexpr MethodSet(std::initializer_list<Method> methods) {
    for (const Method method : methods) add(method);
  }

  constexpr void add(Method method) { bits_ = static_cast<std::uint8_t>(bits_ | bit(method)); }
  constexpr void add(MethodSet others) { bits_ = static_cast<std::uint8_t>(bits_ | others.bits_); }
  constexpr bool contains(Method method) const { return (bits_ & bit(method)) != 0; }

  // "GET, HEAD, OPTIONS": an Allow field.
  std::string to_string() const;

  bool operator==(const MethodSet&) const = default;

 private:
  static constexpr unsigned bit(Method method) { return 1U << static_cast<unsigned>(method); }

  std::uint8_t bits_ = 0;
};

}  // namespace chatd::web
