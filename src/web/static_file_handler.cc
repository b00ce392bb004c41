#include "web/static_file_handler.h"

#include "base/text.h"

#include <algorithm>
#include <array>
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

StaticFileHandler::StaticFileHandler(HandlerContext&& context, const StaticFolder& folder)
    : RequestHandler(std::move(context)), folder_(folder) {}

void StaticFileHandler::get() {
  const std::string& path = path_argument("*");
  const auto file = folder_.find(path);
  if (!file) throw HttpError(http::Status::NotFound);

  const bool is_versioned = request().query.starts_with("v=");
  set_header("Cache-Control", is_versioned ? "public, max-age=31536000, immutable" : "no-cache");
  set_header("Content-Type", std::string(content_type_of(path)));
  set_header("ETag", file->etag);
  set_header("Last-Modified", file->last_modified);
  if (is_known_to_client(*file)) set_status(http::Status::NotModified);
  set_body(file->content);
  finish();
}

// RFC 9110, 13.2.2: If-None-Match goes before If-Modified-Since. The latter is compared as text,
// which is right for all who send back what we sent; a date of their own making gets the file.
bool StaticFileHandler::is_known_to_client(const StaticFile& file) const {
  const http::Headers& headers = request().headers;
  if (!headers.contains("If-None-Match")) {
    return headers.get("If-Modified-Since") == file.last_modified;
  }
  const auto tags = headers.list("If-None-Match");
  return std::any_of(tags.begin(), tags.end(), [&](std::string_view tag) {
    // The weak comparison of 8.8.3.2: proxies that compress make our tag a weak one.
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    return tag == file.etag || tag == "*";
  });
}

}  // namespace chatd::web
