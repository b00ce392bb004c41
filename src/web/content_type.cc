#include "web/content_type.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace chatd::web {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 22> kTypes = {{
    {"css", "text/css; charset=utf-8"},
    {"csv", "text/csv; charset=utf-8"},
    {"gif", "image/gif"},
    {"htm", "text/html; charset=utf-8"},
    {"html", "text/html; charset=utf-8"},
    {"ico", "image/x-icon"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"js", "text/javascript; charset=utf-8"},
    {"json", "application/json"},
    {"map", "application/json"},
    {"md", "text/markdown; charset=utf-8"},
    {"mjs", "text/javascript; charset=utf-8"},
    {"mp3", "audio/mpeg"},
    {"pdf", "application/pdf"},
    {"png", "image/png"},
    {"svg", "image/svg+xml"},
    {"txt", "text/plain; charset=utf-8"},
    {"wasm", "application/wasm"},
    {"webmanifest", "application/manifest+json"},
    {"webp", "image/webp"},
    {"woff2", "font/woff2"},
}};

}  // namespace

std::string_view content_type_of(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  const std::string_view extension =
      dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  const auto* const found = std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& type) {
    return iequals(type.first, extension);
  });
  return found == kTypes.end() ? "application/octet-stream" : found->second;
}

bool is_compressible(std::string_view type) {
  constexpr std::array<std::string_view, 4> kOthers = {
      "application/json", "application/manifest+json", "application/wasm", "image/svg+xml"};
  return type.starts_with("text/") ||
         std::find(kOthers.begin(), kOthers.end(), type) != kOthers.end();
}

}  // namespace chatd::web
