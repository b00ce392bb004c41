#pragma once
// Where the program's folders are unless somebody says so. Free functions; any thread.

#include <filesystem>
#include <string>

namespace chatd {

// Of what comes with the program, "templates" or "public": beside it, as in a checkout; else where
// `make install` puts them, also when the whole tree was moved since.
std::filesystem::path data_folder(const char* name);

// systemd's StateDirectory=, the XDG base directories, or where Debian keeps a daemon's state.
std::string default_state_dir();

}  // namespace chatd
