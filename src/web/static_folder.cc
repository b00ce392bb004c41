#include "web/static_folder.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "web/content_type.h"
#include "web/gzip.h"
#include "web/http_error.h"
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

// Of what is too large to be read for a tag: whoever writes the file changes one of these.
std::string etag_of(const struct stat& look) {
  const std::string text = std::to_string(look.st_dev) + ' ' + std::to_string(look.st_ino) + ' ' +
                           std::to_string(look.st_size) + ' ' +
                           std::to_string(look.st_mtim.tv_sec) + ' ' +
                           std::to_string(look.st_mtim.tv_nsec);
  return etag_of(text);
}

std::chrono::sys_seconds modified(const struct stat& look) {
  return std::chrono::sys_seconds{std::chrono::seconds{look.st_mtim.tv_sec}};
}

bool is_same(const timespec& left, const timespec& right) {
  return left.tv_sec == right.tv_sec && left.tv_nsec == right.tv_nsec;
}

}  // namespace

StaticFolder::StaticFolder(const std::filesystem::path& folder) : folder_(open_folder(folder)) {}

std::optional<StaticFile> StaticFolder::find(std::string_view path, Coding accepted) const {
  auto opened = open(path);
  if (!opened) return std::nullopt;
  if (accepted == Coding::Gzip) {
    if (auto file = gzipped_beside(path, opened->look)) return file;
    if (auto file = gzipped_here(path, *opened)) return file;
  }
  return read(path, std::move(*opened));
}

std::optional<StaticFolder::Opened> StaticFolder::open(std::string_view path) const {
  if (!is_plain_path(path)) return std::nullopt;
  Opened opened{.fd = open_beneath(folder_.get(), path)};
  if (!opened.fd && (errno == EMFILE || errno == ENFILE)) {
    throw HttpError(http::Status::ServiceUnavailable, "no descriptor left for a file");
  }
  if (!opened.fd || ::fstat(opened.fd.get(), &opened.look) != 0) return std::nullopt;
  if (!S_ISREG(opened.look.st_mode)) return std::nullopt;
  return opened;
}

std::optional<StaticFile> StaticFolder::read(std::string_view path, Opened opened) const {
  StaticFile file{.size = static_cast<std::uint64_t>(opened.look.st_size),
                  .modified = modified(opened.look)};
  if (file.size > kMaxHeldBytes) {
    file.etag = etag_of(opened.look);
    file.large = std::move(opened.fd);
    return file;
  }
  auto known = content_of(path, opened);
  if (!known) return std::nullopt;
  file.size = known->content.size();
  file.content = std::move(known->content);
  file.etag = std::move(known->etag);
  return file;
}

// An older one was made of other bytes.
std::optional<StaticFile> StaticFolder::gzipped_beside(std::string_view path,
                                                       const struct stat& look) const {
  const std::string beside = std::string(path) + ".gz";
  auto opened = open(beside);
  if (!opened || modified(opened->look) < modified(look)) return std::nullopt;
  auto file = read(beside, std::move(*opened));
  if (file) file->coding = Coding::Gzip;
  return file;
}

std::optional<StaticFile> StaticFolder::gzipped_here(std::string_view path,
                                                     const Opened& opened) const {
  const auto size = static_cast<std::size_t>(opened.look.st_size);
  if (size < kMinGzippedBytes || size > kMaxGzippedBytes) return std::nullopt;
  if (!is_compressible(content_type_of(path))) return std::nullopt;
  // No path has a NUL, so this is the name of no other file.
  const std::string key = std::string(path) + '\0' + "gzip";
  auto known = cached(key, opened.look);
  if (!known) {
    const auto plain = content_of(path, opened);
    if (!plain) return std::nullopt;
    const std::string zipped = gzip(plain->content.view());
    known.emplace();
    if (zipped.size() < plain->content.size()) {
      *known = {SharedBuffer::of(zipped), etag_of(zipped)};
    }
    remember(key, opened.look, *known);
  }
  if (known->content.empty()) return std::nullopt;  // it did not pay
  return StaticFile{.content = known->content,
                    .size = known->content.size(),
                    .etag = known->etag,
                    .modified = modified(opened.look),
                    .coding = Coding::Gzip};
}

std::optional<StaticFolder::Known> StaticFolder::content_of(std::string_view path,
                                                            const Opened& opened) const {
  if (auto known = cached(path, opened.look)) return known;
  const auto content = read_all(opened.fd.get(), static_cast<std::size_t>(opened.look.st_size));
  if (!content) return std::nullopt;
  Known known{SharedBuffer::of(*content), etag_of(*content)};
  remember(path, opened.look, known);
  return known;
}

std::optional<StaticFolder::Known> StaticFolder::cached(std::string_view key,
                                                        const struct stat& look) const {
  MutexLock lock(mutex_);
  const auto found = cache_.find(key);
  if (found == cache_.end()) return std::nullopt;
  const Entry& entry = found->second;
  const bool unchanged = entry.device == look.st_dev && entry.inode == look.st_ino &&
                         entry.size == look.st_size && is_same(entry.modified, look.st_mtim);
  if (!unchanged) return std::nullopt;
  return entry.known;
}

void StaticFolder::remember(std::string_view key, const struct stat& look,
                            const Known& known) const {
  MutexLock lock(mutex_);
  if (const auto old = cache_.find(key); old != cache_.end()) {
    cached_bytes_ -= old->second.known.content.size();
    cache_.erase(old);
  }
  // Full: begin anew. A folder that fits is never full, and one that does not is no case for
  // cleverness.
  if (cached_bytes_ + known.content.size() > kMaxCachedBytes) {
    cache_.clear();
    cached_bytes_ = 0;
  }
  cached_bytes_ += known.content.size();
  cache_.emplace(key, Entry{.device = look.st_dev,
                            .inode = look.st_ino,
                            .size = look.st_size,
                            .modified = look.st_mtim,
                            .known = known});
}

}  // namespace chatd::web
