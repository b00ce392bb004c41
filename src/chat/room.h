#pragma once
// Room: who is in it, and in which order things happen there. Any thread; owned by the Hub, lives
// as long as it does. The room's lock is its clock: whoever holds it numbers the message and posts
// it, so that every worker's mailbox sees one order.

#include "base/mutex.h"
#include "base/time_source.h"
#include "chat/congestion.h"
#include "chat/fanout.h"
#include "chat/interval_trial.h"
#include "chat/listener.h"
#include "chat/member_id.h"
#include "chat/message.h"
#include "net/per_worker.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace chatd::chat {

using Fanouts = net::PerWorker<Fanout>;

// A member is a login; it may be in the room with several sockets (tabs), but it enters once and
// leaves once. Everyone but the member itself is told of both, unless they are too many.
class Room {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // With more than `announce_limit` members the room does not say who enters and leaves: each of
  // them would cost a message to every other.
  Room(RoomId id, Fanouts& fanouts, const TimeSource& time, std::size_t announce_limit)
      : id_(id), fanouts_(fanouts), time_(time), announce_limit_(announce_limit) {}
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

  // One more socket of that member, on its own worker's thread. It hears all that is said from here
  // on: its mark lies in its worker's mailbox behind all that was said before.
  void join(MemberId member, std::string_view nickname, Listener& listener) EXCLUDES(mutex_);

  // A socket less, on its own worker's thread. With the last one the member leaves at once, or,
  // given a time, only if it has not come back by then (see expire()).
  void leave(MemberId member, Listener& listener, std::optional<Time> unless_back_by)
      EXCLUDES(mutex_);

  // Members whose time to come back is over leave. Returns when to call again, if anyone is
  // awaited.
  std::optional<Time> expire(Time now) EXCLUDES(mutex_);

  // The member leaves now, and its sockets are closed.
  void evict(MemberId member) EXCLUDES(mutex_);

  // Says something to all others, on the speaker's worker's thread. `text` is UTF-8.
  void publish(const Listener& speaker, std::string_view nickname, std::string_view text)
      EXCLUDES(mutex_);

  // True while readers do not keep up; who speaks should wait (Fanout::hold).
  Congestion& congestion() { return congestion_; }

  RoomId id() const { return id_; }
  std::size_t member_count() const EXCLUDES(mutex_);
  // The number of the last thing that happened here; it grows by one each time.
  std::uint64_t last_seq() const EXCLUDES(mutex_);

 private:
  struct Member {
    std::string nickname;
    std::size_t sockets = 0;
    std::optional<Time> awaited_until;  // while it has no socket
  };
  struct Departure {
    Time due;
    MemberId member;
  };

  void announce(const ChatMessage& message) REQUIRES(mutex_);
  void post(const ws::PreparedMessage& message, MemberId author) REQUIRES(mutex_);
  void remove(MemberId member) REQUIRES(mutex_);

  const RoomId id_;
  Fanouts& fanouts_;
  const TimeSource& time_;
  const std::size_t announce_limit_;
  Congestion congestion_;
  // Sockets that take deflated frames; a message is deflated if there are any. Only a reading:
  // whoever comes later gets the plain frame.
  std::atomic<std::size_t> deflated_readers_{0};

  mutable Mutex mutex_;
  std::uint64_t last_seq_ GUARDED_BY(mutex_) = 0;
  IntervalTrial trial_ GUARDED_BY(mutex_);
  std::unordered_map<MemberId, Member> members_ GUARDED_BY(mutex_);
  std::deque<Departure> departures_ GUARDED_BY(mutex_);  // by time, as all wait equally long
};

}  // namespace chatd::chat
