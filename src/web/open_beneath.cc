#include "web/open_beneath.h"

#include "base/text.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace chatd::web {

namespace {

constexpr std::size_t kMaxPathBytes = 1024;

// Nonblocking, so that nobody waits for the writer of a fifo.
constexpr int kOpenFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

template <typename Call>
UniqueFd retried(Call call) {
  int fd = -1;
  do {
    fd = static_cast<int>(call());
  } while (fd < 0 && errno == EINTR);
  return UniqueFd(fd);
}

UniqueFd open_step(int folder, std::string_view name, int flags) {
  const std::string text(name);
  return retried([&] { return ::openat(folder, text.c_str(), kOpenFlags | O_NOFOLLOW | flags); });
}

}  // namespace

bool is_plain_path(std::string_view path) {
  if (path.size() > kMaxPathBytes || path.find('\0') != std::string_view::npos ||
      path.find('\\') != std::string_view::npos) {
    return false;
  }
  const auto segments = split(path, '/');
  return std::none_of(segments.begin(), segments.end(), [](std::string_view segment) {
    return segment.empty() || segment.front() == '.';
  });
}

UniqueFd open_beneath(int folder, std::string_view path) {
  const std::string text(path);
  open_how how{};
  how.flags = kOpenFlags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  UniqueFd file =
      retried([&] { return ::syscall(SYS_openat2, folder, text.c_str(), &how, sizeof how); });
  // Old container sandboxes say EPERM to system calls that they do not know.
  if (!file && (errno == ENOSYS || errno == EPERM)) return open_beneath_by_steps(folder, path);
  return file;
}

UniqueFd open_beneath_by_steps(int folder, std::string_view path) {
  const auto segments = split(path, '/');
  UniqueFd here;
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    here = open_step(i == 0 ? folder : here.get(), segments[i], O_DIRECTORY);
    if (!here) return here;
  }
  return open_step(here ? here.get() : folder, segments.back(), 0);
}

}  // namespace chatd::web
