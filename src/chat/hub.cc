#include "chat/hub.h"

namespace chatd::chat {

Hub::Hub(net::EventLoop& control, net::WorkerPool& workers, const HubOptions& options)
    : control_(control),
      options_(options),
      fanouts_(workers, options.fanout, static_cast<Fanout::Observer&>(*this)),
      lobby_(RoomId{0}, fanouts_, control.time(), options.announce_limit),
      expiry_timer_(control.timers(), *this) {}

void Hub::join(Room& room, MemberId member, std::string_view nickname, Listener& listener) {
  room.join(member, nickname, listener);
}

void Hub::leave(Room& room, MemberId member, Listener& listener, Departure departure) {
  if (departure == Departure::Final) return room.leave(member, listener, std::nullopt);
  room.leave(member, listener, control_.time().steady() + options_.leave_delay);
  control_.post([this] {
    if (!expiry_timer_.armed()) expiry_timer_.arm(options_.leave_delay);
  });
}

bool Hub::ready(Room& room, Listener& speaker) {
  if (room.congestion().raised()) {
    fanouts_.local(speaker.id().worker).hold(room.id(), speaker);
    return false;
  }
  for (std::size_t worker = 0; worker < fanouts_.size(); ++worker) {
    const auto index = static_cast<std::uint16_t>(worker);
    if (!fanouts_.shared(index).swamped()) continue;
    wait_for_mailbox(room, speaker, index);
    return false;
  }
  return true;
}

void Hub::publish(Room& room, const Listener& speaker, std::string_view nickname,
                  std::string_view text) {
  room.publish(speaker, nickname, text);
}

void Hub::evict(MemberId member) { lobby_.evict(member); }

// A mailbox is first in, first out: when a question posted now comes back, all that was posted
// before has been delivered.
void Hub::wait_for_mailbox(Room& room, Listener& speaker, std::uint16_t swamped) {
  const net::ConnId connection = speaker.id();
  fanouts_.local(connection.worker).hold(room.id(), speaker);
  fanouts_.post_to(swamped, [this, id = room.id(), connection, &speaker](Fanout&) {
    fanouts_.post_to(connection.worker, [id, connection, &speaker](Fanout& local) {
      local.resume_speaker(id, connection, speaker);
    });
  });
}

void Hub::on_relieved(RoomId room) {
  fanouts_.post_each([room](Fanout& local) { local.resume_speakers(room); });
}

void Hub::on_timer(net::Timer&) {
  const auto now = control_.time().steady();
  const auto next = lobby_.expire(now);
  if (next) expiry_timer_.arm(std::chrono::ceil<std::chrono::milliseconds>(*next - now));
}

}  // namespace chatd::chat
