#pragma once
// RoomFeed: what one worker has of one room in one encoding: the log of frames, and who here reads
// it. Worker's thread only; owned by that worker's Fanout.

#include "chat/congestion.h"
#include "chat/listener.h"
#include "chat/member_id.h"
#include "chat/pace.h"
#include "net/timer.h"
#include "ws/frame_log.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace chatd::chat {

// How the readers' pace and the speakers' are brought together:
//
//   tail            slowest cursor                                       head
//    |---- read by all ----|---- lag: what the slowest has still to read ----|
//
// A lag above half the log raises the room's congestion: who speaks is not read from until the lag
// is below a quarter. So a room goes at the pace of its many. Those who would make it go at the
// pace of a few are cut off after a while, and so is who reads next to nothing. For those who do
// not read at all nobody waits: they have what the log holds, and are cut off when it is full.
class RoomFeed {
 public:
  RoomFeed(Congestion& congestion, std::size_t log_bytes);
  ~RoomFeed();

  // A listener is known from enter() to leave(), and hears from start() on. start() does nothing
  // for one that is closing already.
  void enter(Listener& listener);
  void start(Listener& listener);
  void leave(Listener& listener);

  // Appends for all but the author, and raises the congestion if readers are far behind.
  void append(std::string_view frame, MemberId author, net::Clock::time_point now);

  // Marks that share of the listeners for the flush at the end of the tick.
  void wake(const Pace::Share& share);

  // Closes the sockets of that member here.
  void evict(MemberId member);

  // Every now and then while there is something in the log: gives back what all have read and cuts
  // off who keeps the room from going on. True when the congestion is over with that, in the whole
  // room.
  [[nodiscard]] bool tend(net::Clock::time_point now);

  // This listener's peer is not read from until one of these two.
  void hold(Listener& speaker);
  void resume_speakers();
  void resume_speaker(Listener& speaker);

  std::size_t listeners() const { return listeners_.size(); }
  // The whole room's.
  const Congestion& congestion() const { return congestion_; }
  bool raised() const { return raised_; }
  bool empty() const { return log_.bytes() == 0; }

 private:
  // The cursor of the slowest of these, the head if there is nobody.
  enum class Readers { All, NotStalled };
  std::uint64_t slowest(Readers of);
  bool has_unread(const Listener& listener) const;
  std::size_t lag(Readers of) { return static_cast<std::size_t>(log_.head() - slowest(of)); }
  void look_for_stalls(net::Clock::time_point now);
  void make_room();
  template <typename Hinders>
  void cut_off_behind(std::uint64_t line, Hinders hinders);
  void raise(net::Clock::time_point now);
  void cut_off_hinderers(net::Clock::time_point now);
  void cut_off(Listener& listener);
  void unlink(Listener& listener);

  Congestion& congestion_;
  const std::size_t log_bytes_;
  ws::FrameLog log_;
  std::vector<Listener*> listeners_;
  std::unordered_map<MemberId, Listener*> by_member_;  // the first of a chain
  std::vector<Listener*> held_;
  std::uint64_t checked_head_ = 0;  // where the head was when the lag was last looked at
  // How many shares the listeners were last cut into, and how many are in each but the last.
  std::size_t shares_ = 0;
  std::size_t share_size_ = 0;
  bool raised_ = false;
  net::Clock::time_point next_cut_{};  // while raised
  net::Clock::time_point next_look_{};
};

}  // namespace chatd::chat
