#include "cookie_secret.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/log.h"
#include "base/unique_fd.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <stdexcept>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace chatd {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kMaxSecretBytes = 1024;

[[noreturn]] void refuse(const fs::path& path, const std::string& why) {
  throw std::runtime_error("cannot keep the cookie secret in " + path.string() + ": " + why +
                           "; give another --state-dir, or a --cookie-secret");
}

[[noreturn]] void refuse_by_errno(const fs::path& path) { refuse(path, std::strerror(errno)); }

// None if there is no such file.
std::optional<std::string> read_secret(const fs::path& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && errno == ENOENT) return std::nullopt;
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) refuse_by_errno(path);
  if ((status.st_mode & 077) != 0) {
    log_warn("cookie_secret_was_readable_by_others path=%s", chatd::quoted(path.string()).c_str());
    if (::fchmod(file.get(), 0600) != 0) refuse_by_errno(path);
  }
  std::array<char, kMaxSecretBytes + 1> text{};
  const ssize_t size = ::read(file.get(), text.data(), text.size());
  if (size < 0) refuse_by_errno(path);
  if (static_cast<std::size_t>(size) == text.size()) refuse(path, "it is too long");
  std::string secret(text.data(), static_cast<std::size_t>(size));
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
  if (secret.size() < kSecretBytes) refuse(path, "it is too short to be a secret");
  return secret;
}

// Complete or not there at all, whatever happens meanwhile: written beside, synced, then linked.
void make_secret(const fs::path& path) {
  const fs::path draft = path.string() + "." + hex_encode(random_bytes(8));
  const std::string secret = hex_encode(random_bytes(kSecretBytes)) + "\n";
  const UniqueFd file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) refuse_by_errno(path);
  const bool written =
      ::write(file.get(), secret.data(), secret.size()) == static_cast<ssize_t>(secret.size()) &&
      ::fsync(file.get()) == 0;
  // Another server may have been quicker; then its secret counts.
  const bool linked = written && (::link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST);
  const int error = errno;
  ::unlink(draft.c_str());
  errno = error;
  if (!linked) refuse_by_errno(path);
}

}  // namespace

std::string load_or_make_cookie_secret(const fs::path& state_dir) {
  std::error_code error;
  fs::create_directories(state_dir, error);
  if (error) refuse(state_dir, error.message());
  const fs::path path = state_dir / "cookie_secret";
  if (auto secret = read_secret(path)) return *secret;
  make_secret(path);
  log_info("cookie_secret_made path=%s", chatd::quoted(path.string()).c_str());
  auto secret = read_secret(path);
  if (!secret) refuse(path, "it was removed while we started");
  return *secret;
}

}  // namespace chatd
