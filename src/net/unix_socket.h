#pragma once
// Listening on a Unix socket, and the file that stands for it. Any thread.

#include "base/result.h"
#include "base/unique_fd.h"

#include <optional>
#include <string>

#include <sys/types.h>

namespace chatd::net {

inline constexpr mode_t kOwnerAndGroup = 0660;

// Takes the place of a socket file that nobody listens on any more; all else that has this name is
// left alone, and is an error. Who may write the file may connect: that is up to `mode`, whatever
// the umask is, and to the folder.
Result<UniqueFd> listen_unix(const std::string& path, mode_t mode = kOwnerAndGroup);

// Removes the file in the end, if it is still the one that was there when this was made.
class SocketFile {
 public:
  explicit SocketFile(std::string path);
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;
  ~SocketFile();

 private:
  struct Identity {
    dev_t device;
    ino_t inode;

    bool operator==(const Identity&) const = default;
  };
  static std::optional<Identity> identity_of(const std::string& path);

  const std::string path_;
  const std::optional<Identity> identity_;
};

}  // namespace chatd::net
