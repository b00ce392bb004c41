#include "net/unix_socket.h"

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace chatd::net {

namespace {

constexpr int kBacklog = 4096;

UniqueFd open_socket() {
  return UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

int bind_to(int fd, const sockaddr_un& address) {
  return ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

// A socket's file, whose socket is no more.
bool is_stale(const sockaddr_un& address) {
  struct stat look {};
  if (::lstat(address.sun_path, &look) != 0 || !S_ISSOCK(look.st_mode)) return false;
  const UniqueFd fd = open_socket();
  return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
         errno == ECONNREFUSED;
}

}  // namespace

Result<UniqueFd> listen_unix(const std::string& path, mode_t mode) {
  const auto failure = [&path](int error) {
    return Failure{Error{
        "cannot listen on unix:" + path + ": " + std::generic_category().message(error), error}};
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.find('\0') != std::string::npos) return failure(EINVAL);
  if (path.size() >= sizeof address.sun_path) return failure(ENAMETOOLONG);
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd fd = open_socket();
  if (!fd) return failure(errno);
  if (bind_to(fd.get(), address) != 0) {
    const int error = errno;
    if (error != EADDRINUSE || !is_stale(address)) return failure(error);
    if (::unlink(address.sun_path) != 0 || bind_to(fd.get(), address) != 0) return failure(errno);
  }
  // Before it listens nobody is let in, so there is no moment with other permissions.
  if (::chmod(address.sun_path, mode) != 0) return failure(errno);
  if (::listen(fd.get(), kBacklog) != 0) return failure(errno);
  return fd;
}

SocketFile::SocketFile(std::string path) : path_(std::move(path)), identity_(identity_of(path_)) {}

SocketFile::~SocketFile() {
  // Another server may have taken the name meanwhile.
  if (identity_ && identity_of(path_) == identity_) ::unlink(path_.c_str());
}

std::optional<SocketFile::Identity> SocketFile::identity_of(const std::string& path) {
  struct stat look {};
  if (::lstat(path.c_str(), &look) != 0 || !S_ISSOCK(look.st_mode)) return std::nullopt;
  return Identity{look.st_dev, look.st_ino};
}

}  // namespace chatd::net
