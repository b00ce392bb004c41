#pragma once
// StaticFolder: a folder of files to give out. Owned by the Application, or by whoever routes to
// it; any thread may ask, and what is small is read from the disk once.

#include "base/mutex.h"
#include "base/shared_buffer.h"
#include "base/unique_fd.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <sys/stat.h>

namespace chatd::web {

enum class Coding { Identity, Gzip };

struct StaticFile {
  SharedBuffer content{};
  UniqueFd large{};  // instead of the content, where that has more than kMaxHeldBytes
  std::uint64_t size = 0;
  std::string etag{};  // quoted: a hash of the content; of a large file, of how it looks
  std::chrono::sys_seconds modified{};
  Coding coding = Coding::Identity;
};

class StaticFolder {
 public:
  static constexpr std::size_t kMaxHeldBytes = std::size_t{4} << 20;
  // What is compressed when it is first asked for: below, it does not pay; above, it would hold up
  // who shares the thread. `x.js.gz` beside `x.js` is taken whatever its size.
  static constexpr std::size_t kMinGzippedBytes = 1024;
  static constexpr std::size_t kMaxGzippedBytes = std::size_t{1} << 20;

  // Throws std::runtime_error when `folder` is none.
  explicit StaticFolder(const std::filesystem::path& folder);
  StaticFolder(const StaticFolder&) = delete;
  StaticFolder& operator=(const StaticFolder&) = delete;

  // The file as it is now, compressed if that is accepted and pays. None when there is no regular
  // file of that name below the folder. Throws HttpError(503) when there is no descriptor left.
  std::optional<StaticFile> find(std::string_view path, Coding accepted = Coding::Identity) const;

 private:
  struct Opened {
    UniqueFd fd;
    struct stat look {};
  };
  // What is known of a file as long as it looks the same.
  struct Known {
    SharedBuffer content;
    std::string etag;
  };
  struct Entry {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    timespec modified{};
    Known known{};
  };

  static constexpr std::size_t kMaxCachedBytes = std::size_t{16} << 20;

  std::optional<Opened> open(std::string_view path) const;
  std::optional<StaticFile> read(std::string_view path, Opened opened) const;
  std::optional<StaticFile> gzipped_beside(std::string_view path, const struct stat& look) const;
  std::optional<StaticFile> gzipped_here(std::string_view path, const Opened& opened) const;
  std::optional<Known> content_of(std::string_view path, const Opened& opened) const;
  std::optional<Known> cached(std::string_view key, const struct stat& look) const;
  void remember(std::string_view key, const struct stat& look, const Known& known) const;

  // Constant after construction.
  const UniqueFd folder_;
  // Guarded by mutex_.
  mutable Mutex mutex_;
  mutable std::map<std::string, Entry, std::less<>> cache_ GUARDED_BY(mutex_);
  mutable std::size_t cached_bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace chatd::web
