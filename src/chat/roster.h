#pragma once
// Roster: which login holds which nickname. One for the server, owned by main; any thread.

#include "base/mutex.h"
#include "base/time_source.h"
#include "chat/member_id.h"
#include "chat/nickname.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

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
  // Sockets (tabs) of one login.
  std::size_t sockets_per_login = 32;
  // Names that one visitor may have taken without ever having opened a socket; 0: any number.
  std::size_t waiting_per_visitor = 64;
};

class Roster {
 public:
  enum class Claim {
    Granted,
    Taken,  // another login holds the name
    Spent,  // the name is free, but this very cookie was an earlier login's: sign another one
    Full,
    Crowded,  // the visitor has as many names waiting for a socket as one may have
  };

  enum class Entrance {
    Opened,
    LoggedOut,  // it holds the name no longer
    TooMany,    // it has as many sockets as one may have
  };

  // `time` must outlive the roster.
  Roster(const TimeSource& time, const RosterLimits& limits);
  Roster(const Roster&) = delete;
  Roster& operator=(const Roster&) = delete;

  // A new login asks for its name. Of many at once exactly one is granted it. `visitor` says for
  // whom it counts, as visitor_of() does; empty: for nobody.
  [[nodiscard]] Claim claim(const Login& login, std::string_view visitor = "") EXCLUDES(mutex_);

  // A login shows its cookie again: it keeps the name, or takes it back if it is free (the server
  // may have been restarted). None if another login has it meanwhile, if this one has logged out,
  // or if too many names wait already for that visitor.
  std::optional<MemberId> resume(const Login& login, std::string_view visitor = "")
      EXCLUDES(mutex_);

  // One more socket of the member, by Nickname::key: once Opened, the name is not given away before
  // as many closes.
  [[nodiscard]] Entrance open_socket(const std::string& key, MemberId member) EXCLUDES(mutex_);
  void close_socket(const std::string& key, MemberId member) EXCLUDES(mutex_);
  // Whether the member holds that name, and has not begun to log out.
  bool holds(const std::string& key, MemberId member) EXCLUDES(mutex_);
  // Names that somebody has, or had until so lately that they are kept.
  std::size_t size() const EXCLUDES(mutex_);

  // Logs out in two steps, so that the rooms can be told in between, while nobody else can have the
  // name: from revoke() on the login's cookie is worth nothing; release() frees the name. Both
  // return who it was, if it held the name.
  std::optional<MemberId> revoke(const Login& login) EXCLUDES(mutex_);
  std::optional<MemberId> release(const Login& login) EXCLUDES(mutex_);

 private:
  struct Holder {
    std::string signature;
    MemberId member = MemberId::None;
    std::string visitor{};  // while it waits for its first socket, if that is counted
    std::size_t sockets = 0;
    bool logging_out = false;
    std::chrono::steady_clock::time_point last_seen;
  };
  using Holders = std::unordered_map<std::string, Holder>;  // by Nickname::key

  bool expired(const Holder& holder, std::chrono::steady_clock::time_point now) const;
  Holder* find(const Login& login) REQUIRES(mutex_);
  Holder* find(const std::string& key, MemberId member) REQUIRES(mutex_);
  Claim take(const Login& login, std::string_view visitor) REQUIRES(mutex_);
  bool is_crowded(const std::string& visitor) const REQUIRES(mutex_);
  void stop_waiting(Holder& holder) REQUIRES(mutex_);
  void sweep(std::chrono::steady_clock::time_point now) REQUIRES(mutex_);
  void remember_revoked(const std::string& signature) REQUIRES(mutex_);

  // Constant after construction.
  const TimeSource& time_;
  const RosterLimits limits_;

  mutable Mutex mutex_;
  Holders holders_ GUARDED_BY(mutex_);
  // How many holders wait, by their visitor; no visitor without one, so it is no larger than that.
  std::unordered_map<std::string, std::size_t> waiting_ GUARDED_BY(mutex_);
  MemberId last_member_ GUARDED_BY(mutex_) = MemberId::None;
  std::chrono::steady_clock::time_point next_sweep_ GUARDED_BY(mutex_){};
  // Logins that have logged out, by signature, and the order in which they did: as many are
  // remembered as names may be held.
  std::list<std::string> revocations_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::list<std::string>::iterator> revoked_ GUARDED_BY(mutex_);
};

}  // namespace chatd::chat
