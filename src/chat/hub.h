#pragma once
// Hub: the rooms and the fan-outs together: what a ChatSocket talks to. One for the server, owned
// by main; made before the workers start, outlives their connections. Any thread, but where it says
// otherwise.

#include "chat/fanout.h"
#include "chat/listener.h"
#include "chat/member_id.h"
#include "chat/room.h"
#include "net/event_loop.h"
#include "net/timer.h"
#include "net/worker.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace chatd::chat {

enum class Compression { Off, On };

struct HubOptions {
  FanoutOptions fanout;
  // Whether permessage-deflate (RFC 7692) is agreed to with who offers it.
  Compression compression = Compression::On;
  // How long a member whose last socket was lost, or whose page was reloaded, may take to come back
  // before the room is told that it left.
  std::chrono::milliseconds leave_delay{2'000};
  // A room with more members does not say who enters and leaves.
  std::size_t announce_limit = 5'000;
};

// How a socket ended: on purpose, or so that the member may be back in a moment.
enum class Departure { Final, MayReturn };

class Hub final : private Fanout::Observer, private net::Timer::Handler {
 public:
  // `control` runs the timer of those who may return.
  Hub(net::EventLoop& control, net::WorkerPool& workers, const HubOptions& options);
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  const HubOptions& options() const { return options_; }

  // The room where everyone is.
  Room& lobby() { return lobby_; }
  const Room& lobby() const { return lobby_; }

  // See Room. On the listener's worker's thread.
  void join(Room& room, MemberId member, std::string_view nickname, Listener& listener);
  void leave(Room& room, MemberId member, Listener& listener, Departure departure);

  // Whether the room can take one more message now; on the speaker's worker's thread. False while
  // the room's readers or a worker's mailbox are behind: then the speaker's session is paused, and
  // resumed once they have caught up. So load pushes back to who makes it.
  [[nodiscard]] bool ready(Room& room, Listener& speaker);

  // Says something in the room for the speaker's member, which was ready().
  void publish(Room& room, const Listener& speaker, std::string_view nickname,
               std::string_view text);

  // The member has logged out: it leaves every room now and its sockets are closed.
  void evict(MemberId member);

 private:
  void on_relieved(RoomId room) override;
  void on_timer(net::Timer& timer) override;
  void wait_for_mailbox(Room& room, Listener& speaker, std::uint16_t swamped);

  net::EventLoop& control_;
  const HubOptions options_;
  Fanouts fanouts_;
  Room lobby_;
  net::Timer expiry_timer_;  // control loop only
};

}  // namespace chatd::chat
