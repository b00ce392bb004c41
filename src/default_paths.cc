#include "default_paths.h"

#include <cstdlib>
#include <system_error>

namespace chatd {

namespace fs = std::filesystem;

namespace {

fs::path executable_folder() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path(".") : self.parent_path();
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

fs::path data_folder(const char* name) {
  const fs::path here = executable_folder();
  std::error_code error;
  for (const fs::path& folder : {here / name, here.parent_path() / "share/chatd" / name}) {
    if (fs::is_directory(folder, error)) return folder;
  }
  return fs::path(CHATD_DATA_DIR) / name;
}

std::string default_state_dir() {
  if (std::string given = environment("STATE_DIRECTORY"); !given.empty()) return given;
  if (const std::string xdg = environment("XDG_STATE_HOME"); !xdg.empty()) return xdg + "/chatd";
  if (const std::string home = environment("HOME"); !home.empty()) {
    return home + "/.local/state/chatd";
  }
  return "/var/lib/chatd";
}

}  // namespace chatd
