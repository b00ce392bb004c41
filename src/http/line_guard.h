#pragma once
// LineGuard: the discipline of lines that llhttp 8 does not keep everywhere. Two readers that
// disagree on where a line ends are how requests are smuggled past one of them. One byte of state;
// a member of who reads lines.

#include <cstdint>
#include <string_view>

namespace chatd::http {

// Each line ends with CR LF, and neither stands alone (RFC 9112, 2.2). No control character but the
// tab (RFC 9110, 5.5). No line begins with a space or a tab: that once meant that the line before
// goes on (RFC 9112, 5.2), and a server may refuse it.
class LineGuard {
 public:
  // The next bytes, split anywhere. False where one breaks the rules, and not to be asked again.
  [[nodiscard]] bool feed(std::string_view bytes);

 private:
  enum class At : std::uint8_t { LineStart, Text, AfterCr };

  At at_ = At::LineStart;
};

}  // namespace chatd::http
