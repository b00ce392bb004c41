#include "http/line_guard.h"

namespace chatd::http {

namespace {

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7F;
}

}  // namespace

bool LineGuard::feed(std::string_view bytes) {
  for (const char c : bytes) {
    if (at_ == At::AfterCr) {
      if (c != '\n') return false;
      at_ = At::LineStart;
    } else if (c == '\r') {
      at_ = At::AfterCr;
    } else {
      const bool folds = at_ == At::LineStart && (c == ' ' || c == '\t');
      if (folds || is_control(c)) return false;
      at_ = At::Text;
    }
  }
  return true;
}

}  // namespace chatd::http
