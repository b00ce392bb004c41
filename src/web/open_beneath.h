#pragma once
// Opens files below a folder and nowhere else, whatever a stranger calls them. Free functions; any
// thread.

#include "base/unique_fd.h"

#include <string_view>

namespace chatd::web {

// Whether `path` could name a file below a folder: segments between single slashes, none of them
// empty or with a dot in front (that is "..", and what is hidden), no NUL, no backslash, not too
// long.
bool is_plain_path(std::string_view path);

// Opens `path`, which is_plain_path(), for reading below the open folder. Symbolic links are not
// followed, neither at the end nor on the way. Without a value where there is nothing to read;
// errno says why.
UniqueFd open_beneath(int folder, std::string_view path);

// The same without openat2(2), for kernels before 5.6 and sandboxes that forbid it: a step a
// segment.
UniqueFd open_beneath_by_steps(int folder, std::string_view path);

}  // namespace chatd::web
