#pragma once
// gzip (RFC 1952), for bodies. Any thread.

#include <string>
#include <string_view>

namespace chatd::web {

// The same bytes for the same text, always. Throws std::bad_alloc.
std::string gzip(std::string_view text);

}  // namespace chatd::web
