#pragma once
// Listener: one socket's place in a room: a cursor into its worker's log of that room.
// Worker's thread only; a member of the ChatSocket that listens, entered in the Fanout while it
// does.

#include "chat/member_id.h"
#include "net/connection.h"
#include "net/protocol.h"
#include "ws/frame_log.h"
#include "ws/session.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>

namespace chatd::chat {

// What the member itself has said is passed over: a cursor is never left inside such a stretch.
class Listener final : public net::Feed {
 public:
  Listener(ws::Session& session, MemberId member) : session_(session), member_(member) {}
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Reads `log` from its present head on.
  void start(const ws::FrameLog& log);
  // Reads nothing more; the frame that is half sent is completed.
  void stop();
  bool started() const { return log_ != nullptr; }

  // The log's bytes from `begin` to its head were said by this member. False when there are too
  // many such stretches ahead of it: it talks and does not read.
  [[nodiscard]] bool pass_over(std::uint64_t begin);

  // There is something to read.
  void wake() { session_.connection().wake(); }

  std::uint64_t cursor() const { return cursor_; }
  // It has had something to read for a while, and read nothing.
  bool stalls() const { return stood_still_ && cursor_ == milestone_; }
  MemberId member() const { return member_; }
  ws::Session& session() const { return session_; }
  net::ConnId id() const { return session_.connection().id(); }

  std::size_t peek(std::span<iovec> slices, Extent extent) const override;
  void advance(std::size_t bytes) override;
  bool at_boundary() const override { return !mid_frame_; }

 private:
  friend class RoomFeed;  // the links by which it finds its listeners

  struct Stretch {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };
  using Stretches = std::deque<Stretch>;

  ws::Session& session_;
  const MemberId member_;
  const ws::FrameLog* log_ = nullptr;  // null while not started
  std::uint64_t cursor_ = 0;
  // Ahead of the cursor, in order; null for all but who just spoke.
  std::unique_ptr<Stretches> own_;
  Listener* same_member_ = nullptr;  // the next socket of this member on this worker
  // For the RoomFeed, to see who stands still: the cursor when it last looked, and whether it had
  // not moved then since the time before.
  std::uint64_t milestone_ = 0;
  std::uint32_t index_ = 0;  // in the RoomFeed's list
  bool stood_still_ = false;
  bool entered_ = false;  // in that list
  bool mid_frame_ = false;
};

}  // namespace chatd::chat
