#pragma once
// Fanout: who on this worker is in which room, and what is on its way to them.
// One on each worker, in the Hub's PerWorker; that worker's thread only, but where it says
// otherwise.

#include "chat/congestion.h"
#include "chat/interval_trial.h"
#include "chat/listener.h"
#include "chat/member_id.h"
#include "chat/pace.h"
#include "chat/room_feed.h"
#include "net/timer.h"
#include "net/worker.h"
#include "ws/deflate.h"
#include "ws/prepared_message.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace chatd::chat {

// Rooms are numbered from 0 in the order in which they were made.
enum class RoomId : std::uint32_t {};

struct FanoutOptions {
  // What a worker keeps of a room for those who read slowly.
  std::size_t log_bytes = std::size_t{3} << 19;
  // How long a message may take in a busy room, waiting for others included; 0: none waits.
  std::chrono::milliseconds max_delay{8};
};

class Fanout final : private net::Timer::Handler {
 public:
  // Hears that readers have caught up; implemented by the Hub. Called on the worker's thread.
  class Observer {
   public:
    virtual void on_relieved(RoomId room) = 0;

   protected:
    ~Observer() = default;
  };

  Fanout(net::Worker& worker, const FanoutOptions& options, Observer& observer);
  Fanout(const Fanout&) = delete;
  Fanout& operator=(const Fanout&) = delete;

  // From here on the listener belongs to the room, whose congestion is given along; it hears
  // nothing before its join mark arrives: start(). leave() at any time, once.
  void enter(RoomId room, Congestion& congestion, Listener& listener);
  void leave(RoomId room, Listener& listener);

  // The mail of a room, in the order in which the room posted it. `connection` is the listener's:
  // if it has gone meanwhile, so has the listener.
  void start(RoomId room, net::ConnId connection, Listener& listener);
  void deliver(RoomId room, const ws::PreparedMessage& message, MemberId author, Interval interval);
  void evict(RoomId room, MemberId member);

  // Takes nothing more from this speaker until resume_speakers().
  void hold(RoomId room, Listener& speaker);
  void resume_speakers(RoomId room);
  void resume_speaker(RoomId room, net::ConnId connection, Listener& speaker);

  // Deflates what is said by those on this worker; it has no takeover, so all can read the result.
  ws::Deflater& deflater() { return deflater_; }

  // Any thread: this message is being posted here; deliver() will take its weight off again.
  void expect(const ws::PreparedMessage& message);
  // Any thread: true while so much waits in the mailbox (an eighth of a room's log) that speakers
  // should wait: it must find room in the log when it comes.
  bool swamped() const;

 private:
  // A room on this worker: a feed for each encoding that somebody here has ever wanted.
  struct Entry {
    explicit Entry(Pace::Duration max_delay) : pace(max_delay) {}

    std::unique_ptr<RoomFeed> plain;
    std::unique_ptr<RoomFeed> deflated;
    Pace pace;
    bool deferred = false;  // its send_room() is put off to the end of this tick
    // When a call_at() for it comes next; max: none is on its way.
    Pace::Time called_for = Pace::Time::max();

    std::unique_ptr<RoomFeed>& feed_of(const Listener& listener);
    template <typename Function>
    void each(Function function);
  };

  Entry* find(RoomId room);
  bool set_pace(Entry& entry, Interval interval);
  void send_when_due(RoomId room, Entry& entry);
  void call_when_due(RoomId room, Entry& entry);
  void send_room(RoomId room);
  void on_timer(net::Timer& timer) override;

  net::Worker& worker_;
  const FanoutOptions options_;
  Observer& observer_;
  std::vector<Entry> entries_;  // by RoomId
  ws::Deflater deflater_;
  net::Timer tend_timer_;
  // A reading for the bound on speakers; it orders nothing.
  std::atomic<std::size_t> expected_{0};
};

}  // namespace chatd::chat
