// Targets, forms and percent-encoding.

#include "base/encoding.h"
#include "fuzz/fuzzing.h"
#include "http/url.h"

#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace chatd;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);

  if (const auto target = http::parse_target(bytes)) {
    fuzz::require(target->path == "*" || target->path.starts_with('/'), "a path is absolute");
    fuzz::require(target->path.find('\0') == std::string::npos, "a path has no NUL");
    fuzz::require(target->path.size() <= bytes.size() + 1, "decoding makes nothing longer");
  }
  constexpr std::size_t kMaxFields = 20;
  std::string printed;
  const auto form = http::parse_form(bytes, kMaxFields);
  if (form) {
    fuzz::require(form->size() <= kMaxFields, "forms keep the limit");
    for (const auto& [name, value] : *form) {
      printed += percent_encode(name) + "=" + percent_encode(value) + "&";
    }
    const auto again = http::parse_form(printed, kMaxFields);
    fuzz::require(again && again->size() == form->size(), "a form that is printed is the same");
    for (std::size_t i = 0; i < form->size(); ++i) {
      fuzz::require((*again)[i].name == (*form)[i].name && (*again)[i].value == (*form)[i].value,
                    "its fields are the same");
    }
  }
  fuzz::require(percent_decode(percent_encode(bytes)) == bytes, "what was encoded comes back");
  if (const auto decoded = base64_decode(bytes)) {
    fuzz::require(base64_encode(*decoded) == bytes, "base64 has one form for each text");
  }
  return 0;
}
