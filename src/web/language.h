#pragma once
// Which of our languages a visitor would rather read. A free function; any thread.

#include <span>
#include <string_view>

namespace chatd::web {

// The one of `offered` ("zh", "en", …: at least one, the default first) that an Accept-Language
// field (RFC 9110, 12.5.4) wants most. "en" stands for "en-US" and its like too. Of equals the one
// that the field names first is taken; if it wants none of them, the default.
std::string_view best_language(std::string_view accept_language,
                               std::span<const std::string_view> offered);

}  // namespace chatd::web
