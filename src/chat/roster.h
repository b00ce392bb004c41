#pragma once
// Roster: which login holds which nickname. One for the server, owned by main; any thread.

#include "base/mutex.h"
#include "base/time_source.h"
#include "chat/member_id.h"
#include "chat/nickname.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace chatd::chat {

// A nickname, and the signature of the cookie that says so: it tells two logins of one name apart.
struct Login {
  Nickname nickname;
  std::string signature;
};

struct RosterLimits {
  // How long a name stays with a login that has no socket open and asks for no page.
  std::chrono::milliseconds grace{60'000};
  // Names that are held at once; nobody gets a further one.
  std::size_t names = 200'000;
};

class Roster {
 public:
  enum class Claim {
    Granted,
    Taken,  // another login holds the name
    Spent,  // the name is free, but this very cookie was an earlier login's: sign another one
    Full,
  };

  // `time` must outlive the roster.
  Roster(const TimeSource& time, const RosterLimits& limits);
  Roster(const Roster&) = delete;
  Roster& operator=(const Roster&) = delete;

  // A new login asks for its name. Of many at once exactly one is granted it.
  [[nodiscard]] Claim claim(const Login& login) EXCLUDES(mutex_);

  // A login shows its cookie again: it keeps the name, or takes it back if it is free (the server
  // may have been restarted). None if another login has it meanwhile, or if this one has logged
  // out.
  std::optional<MemberId> resume(const Login& login) EXCLUDES(mutex_);

  // A socket of the member is open: its name, by Nickname::key, is not given away until as many
  // closes. False if it holds the name no longer.
  [[nodiscard]] bool open_socket(const std::string& key, MemberId member) EXCLUDES(mutex_);
  void close_socket(const std::string& key, MemberId member) EXCLUDES(mutex_);

  // Logs out: the name is free at once, and this login's cookie is worth nothing from now on.
  // Returns who it was, if it held the name.
  std::optional<MemberId> release(const Login& login) EXCLUDES(mutex_);

 private:
  struct Holder {
    std::string signature;
    MemberId member = MemberId::None;
    std::size_t sockets = 0;
    std::chrono::steady_clock::time_point last_seen;
  };
  using Holders = std::unordered_map<std::string, Holder>;  // by Nickname::key

  bool expired(const Holder& holder, std::chrono::steady_clock::time_point now) const;
  Holder* find(const Login& login) REQUIRES(mutex_);
  Holder* find(const std::string& key, MemberId member) REQUIRES(mutex_);
  Claim take(const Login& login) REQUIRES(mutex_);
  void sweep(std::chrono::steady_clock::time_point now) REQUIRES(mutex_);
  void revoke(const std::string& signature) REQUIRES(mutex_);

  // Constant after construction.
  const TimeSource& time_;
  const RosterLimits limits_;

  Mutex mutex_;
  Holders holders_ GUARDED_BY(mutex_);
  MemberId last_member_ GUARDED_BY(mutex_) = MemberId::None;
  std::chrono::steady_clock::time_point next_sweep_ GUARDED_BY(mutex_){};
  // Logins that have logged out, by signature, and the order in which they did: as many are
  // remembered as names may be held.
  std::unordered_map<std::string, std::uint64_t> revoked_ GUARDED_BY(mutex_);
  std::deque<std::pair<std::uint64_t, std::string>> revocations_ GUARDED_BY(mutex_);
  std::uint64_t last_revocation_ GUARDED_BY(mutex_) = 0;
};

}  // namespace chatd::chat
