#include "chat/room.h"

namespace chatd::chat {

void Room::join(MemberId member, std::string_view nickname, Listener& listener) {
  const net::ConnId connection = listener.id();
  fanouts_.local(connection.worker).enter(id_, congestion_, listener);
  if (listener.session().takes_deflated_frames()) ++deflated_readers_;
  MutexLock lock(mutex_);
  Member& joined = members_[member];
  const bool is_new = joined.sockets == 0 && !joined.awaited_until;
  ++joined.sockets;
  joined.awaited_until.reset();
  if (is_new) {
    joined.nickname = nickname;
    announce(
        {.kind = ChatMessage::Kind::Entered, .author = member, .nickname = nickname, .text = {}});
  }
  fanouts_.post_to(connection.worker, [room = id_, connection, &listener](Fanout& local) {
    local.start(room, connection, listener);
  });
}

void Room::leave(MemberId member, Listener& listener, std::optional<Time> unless_back_by) {
  fanouts_.local(listener.id().worker).leave(id_, listener);
  if (listener.session().takes_deflated_frames()) --deflated_readers_;
  MutexLock lock(mutex_);
  const auto found = members_.find(member);
  if (found == members_.end()) return;  // evicted before its sockets noticed
  Member& left = found->second;
  if (--left.sockets > 0) return;
  if (!unless_back_by) return remove(member);
  left.awaited_until = unless_back_by;
  departures_.push_back({*unless_back_by, member});
}

std::optional<Room::Time> Room::expire(Time now) {
  MutexLock lock(mutex_);
  while (!departures_.empty() && departures_.front().due <= now) {
    const Departure departure = departures_.front();
    departures_.pop_front();
    const auto found = members_.find(departure.member);
    // It may have come back, and even gone again: then a later entry speaks of it.
    if (found == members_.end() || found->second.awaited_until != departure.due) continue;
    remove(departure.member);
  }
  if (departures_.empty()) return std::nullopt;
  return departures_.front().due;
}

void Room::evict(MemberId member) {
  MutexLock lock(mutex_);
  if (!members_.contains(member)) return;
  remove(member);
  fanouts_.post_each([room = id_, member](Fanout& local) { local.evict(room, member); });
}

void Room::publish(const Listener& speaker, std::string_view nickname, std::string_view text) {
  // Encoded before the lock is taken, because the plain dialect's words do not need the number.
  const MemberId author = speaker.member();
  const std::string plain = to_plain(
      {.kind = ChatMessage::Kind::Said, .author = author, .nickname = nickname, .text = text});
  auto message = ws::PreparedMessage::text(plain);
  if (deflated_readers_.load(std::memory_order_relaxed) > 0 && ws::is_worth_deflating(plain)) {
    message.deflate(fanouts_.local(speaker.id().worker).deflater());
  }
  MutexLock lock(mutex_);
  // Who has been evicted may not have heard of it yet.
  if (members_.contains(author)) post(message, author);
}

std::size_t Room::member_count() const {
  MutexLock lock(mutex_);
  return members_.size();
}

std::uint64_t Room::last_seq() const {
  MutexLock lock(mutex_);
  return last_seq_;
}

// While the member whom it is about is counted.
void Room::announce(const ChatMessage& message) {
  if (members_.size() > announce_limit_) return;
  post(ws::PreparedMessage::text(to_plain(message)), message.author);
}

// Posting under the lock is what makes every mailbox agree on the order.
void Room::post(const ws::PreparedMessage& message, MemberId author) {
  ++last_seq_;
  for (std::size_t worker = 0; worker < fanouts_.size(); ++worker) {
    fanouts_.shared(static_cast<std::uint16_t>(worker)).expect(message);
  }
  const Interval interval = trial_.on_message(time_.steady());
  fanouts_.post_each([room = id_, message, author, interval](Fanout& local) {
    local.deliver(room, message, author, interval);
  });
}

void Room::remove(MemberId member) {
  const auto found = members_.find(member);
  announce({.kind = ChatMessage::Kind::Left,
            .author = member,
            .nickname = found->second.nickname,
            .text = {}});
  members_.erase(found);
}

}  // namespace chatd::chat
