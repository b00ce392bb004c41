#include "web/static_folder.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/log.h"
#include "http/date.h"
#include "web/open_beneath.h"

#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace chatd::web {

namespace {

UniqueFd open_folder(const std::filesystem::path& path) {
  UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder) return folder;
  throw std::runtime_error("static folder " + path.string() + ": " +
                           std::generic_category().message(errno));
}

// What is there up to `limit` bytes; none when reading fails.
std::optional<std::string> read_all(int fd, std::size_t limit) {
  std::string content(limit, '\0');
  std::size_t size = 0;
  while (size < limit) {
    const ssize_t count = ::read(fd, content.data() + size, limit - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  content.resize(size);
  return content;
}

// 128 bits are enough to tell contents apart, also those that somebody tries to make equal.
std::string etag_of(std::string_view content) {
  return '"' + hex_encode(sha256(content).substr(0, 16)) + '"';
}

bool is_same(const timespec& left, const timespec& right) {
  return left.tv_sec == right.tv_sec && left.tv_nsec == right.tv_nsec;
}

}  // namespace

StaticFolder::StaticFolder(const std::filesystem::path& folder)
    : path_(folder), folder_(open_folder(folder)) {}

std::optional<StaticFile> StaticFolder::find(std::string_view path) const {
  if (!is_plain_path(path)) return std::nullopt;
  const UniqueFd fd = open_beneath(folder_.get(), path);
  struct stat look {};
  if (!fd || ::fstat(fd.get(), &look) != 0 || !S_ISREG(look.st_mode)) return std::nullopt;
  if (static_cast<std::size_t>(look.st_size) > kMaxFileBytes) {
    log_warn("static file=%s bytes=%lld what=\"too large\"", quoted(path).c_str(),
             static_cast<long long>(look.st_size));
    return std::nullopt;
  }
  if (auto file = cached(path, look)) return file;

  const auto content = read_all(fd.get(), static_cast<std::size_t>(look.st_size));
  if (!content) return std::nullopt;
  StaticFile file{
      .content = SharedBuffer::of(*content),
      .etag = etag_of(*content),
      .last_modified = http::http_date(std::chrono::system_clock::from_time_t(look.st_mtime))};
  remember(path, look, file);
  return file;
}

std::optional<StaticFile> StaticFolder::cached(std::string_view path,
                                               const struct stat& look) const {
  MutexLock lock(mutex_);
  const auto found = cache_.find(path);
  if (found == cache_.end()) return std::nullopt;
  const Entry& entry = found->second;
  const bool unchanged = entry.device == look.st_dev && entry.inode == look.st_ino &&
                         entry.size == look.st_size && is_same(entry.modified, look.st_mtim);
  if (!unchanged) return std::nullopt;
  return entry.file;
}

void StaticFolder::remember(std::string_view path, const struct stat& look,
                            const StaticFile& file) const {
  MutexLock lock(mutex_);
  if (const auto old = cache_.find(path); old != cache_.end()) {
    cached_bytes_ -= old->second.file.content.size();
    cache_.erase(old);
  }
  // Full: begin anew. A folder that fits is never full, and one that does not is no case for
  // cleverness.
  if (cached_bytes_ + file.content.size() > kMaxCachedBytes) {
    cache_.clear();
    cached_bytes_ = 0;
  }
  cached_bytes_ += file.content.size();
  cache_.emplace(path, Entry{.device = look.st_dev,
                             .inode = look.st_ino,
                             .size = look.st_size,
                             .modified = look.st_mtim,
                             .file = file});
}

}  // namespace chatd::web
