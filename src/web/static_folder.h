#pragma once
// StaticFolder: a folder of files to give out. Owned by the Application, or by whoever routes to
// it; any thread may ask, and what is small is read from the disk once.

#include "base/mutex.h"
#include "base/shared_buffer.h"
#include "base/unique_fd.h"

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <sys/stat.h>

namespace chatd::web {

struct StaticFile {
  SharedBuffer content;
  std::string etag;           // quoted: a hash of the content
  std::string last_modified;  // as HTTP writes it
};

class StaticFolder {
 public:
  static constexpr std::size_t kMaxFileBytes = std::size_t{4} << 20;

  // Throws std::runtime_error when `folder` is none.
  explicit StaticFolder(const std::filesystem::path& folder);
  StaticFolder(const StaticFolder&) = delete;
  StaticFolder& operator=(const StaticFolder&) = delete;

  // The file as it is now. None when there is no regular file of that name below the folder, or
  // when it has more than kMaxFileBytes, which is logged.
  std::optional<StaticFile> find(std::string_view path) const;

 private:
  struct Entry {
    // What the file looked like when it was read; another look means another content.
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    timespec modified{};
    StaticFile file{};
  };

  static constexpr std::size_t kMaxCachedBytes = std::size_t{16} << 20;

  std::optional<StaticFile> cached(std::string_view path, const struct stat& look) const;
  void remember(std::string_view path, const struct stat& look, const StaticFile& file) const;

  // Constant after construction.
  const std::filesystem::path path_;
  const UniqueFd folder_;
  // Guarded by mutex_.
  mutable Mutex mutex_;
  mutable std::map<std::string, Entry, std::less<>> cache_ GUARDED_BY(mutex_);
  mutable std::size_t cached_bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace chatd::web
