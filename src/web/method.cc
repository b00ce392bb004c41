#include "web/method.h"

namespace chatd::web {

namespace {

constexpr std::array<std::string_view, 7> kNames = {"GET",    "HEAD",  "POST",   "PUT",
                                                    "DELETE", "PATCH", "OPTIONS"};

}  // namespace

std::optional<Method> parse_method(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Method>(i);
  }
  return std::nullopt;
}

std::string_view name_of(Method method) { return kNames[static_cast<std::size_t>(method)]; }

std::string MethodSet::to_string() const {
  std::string text;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (!contains(static_cast<Method>(i))) continue;
    if (!text.empty()) text += ", ";
    text += kNames[i];
  }
  return text;
}

}  // namespace chatd::web
