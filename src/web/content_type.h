#pragma once
// Which type a file has, by its name. Free functions; any thread.

#include <string_view>

namespace chatd::web {

// By the name's extension: "text/html; charset=utf-8"; "application/octet-stream" for one we do not
// know.
std::string_view content_type_of(std::string_view path);

// Whether files of that type become smaller by compression: text does, images have it in them.
bool is_compressible(std::string_view type);

}  // namespace chatd::web
