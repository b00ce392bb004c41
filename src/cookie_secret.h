#pragma once
// The secret that signs cookies, where the operator gave none: made once, kept in the state
// directory. Called by main before threads start.

#include <filesystem>
#include <string>

namespace chatd {

// Reads STATE_DIR/cookie_secret, or makes it, readable by its owner only. Of two servers that start
// at the same time both get the same one. Throws std::runtime_error with one line that says what to
// do.
std::string load_or_make_cookie_secret(const std::filesystem::path& state_dir);

}  // namespace chatd
