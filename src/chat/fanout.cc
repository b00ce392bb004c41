#include "chat/fanout.h"

namespace chatd::chat {

namespace {

// What a message weighs in a mailbox beside its bytes.
constexpr std::size_t kBytesPerTask = 64;
constexpr std::chrono::milliseconds kBetweenTending{100};
// While speakers wait.
constexpr std::chrono::milliseconds kBetweenTendingRaised{5};

std::size_t weight(const ws::PreparedMessage& message) {
  return message.frame().size() + kBytesPerTask;
}

}  // namespace

Fanout::Fanout(net::Worker& worker, const FanoutOptions& options, Observer& observer)
    : worker_(worker),
      options_(options),
      observer_(observer),
      tend_timer_(worker.loop().timers(), *this) {}

void Fanout::enter(RoomId room, Congestion& congestion, Listener& listener) {
  worker_.loop().assert_here();
  const auto index = static_cast<std::size_t>(room);
  if (index >= entries_.size()) entries_.resize(index + 1);
  Entry& entry = entries_[index];
  if (!entry.feed) entry.feed = std::make_unique<RoomFeed>(congestion, options_.log_bytes);
  entry.feed->enter(listener);
}

void Fanout::leave(RoomId room, Listener& listener) {
  worker_.loop().assert_here();
  if (Entry* entry = find(room)) entry->feed->leave(listener);
}

void Fanout::start(RoomId room, net::ConnId connection, Listener& listener) {
  if (worker_.connections().find(connection) == nullptr) return;
  if (Entry* entry = find(room)) entry->feed->start(listener);
}

void Fanout::deliver(RoomId room, const ws::PreparedMessage& message, MemberId author) {
  expected_.fetch_sub(weight(message), std::memory_order_relaxed);
  Entry* entry = find(room);
  if (entry == nullptr) return;
  entry->feed->append(message, author, worker_.loop().now());
  if (!tend_timer_.armed()) tend_timer_.arm(kBetweenTending);
  if (entry->sending) return;
  entry->sending = true;
  worker_.loop().defer([this, room] { send_room(room); });
}

void Fanout::send_room(RoomId room) {
  Entry& entry = *find(room);
  entry.sending = false;
  entry.feed->wake_all();
}

void Fanout::evict(RoomId room, MemberId member) {
  if (Entry* entry = find(room)) entry->feed->evict(member);
}

void Fanout::hold(RoomId room, Listener& speaker) {
  if (Entry* entry = find(room)) entry->feed->hold(speaker);
}

void Fanout::resume_speakers(RoomId room) {
  if (Entry* entry = find(room)) entry->feed->resume_speakers();
}

void Fanout::expect(const ws::PreparedMessage& message) {
  expected_.fetch_add(weight(message), std::memory_order_relaxed);
}

void Fanout::resume_speaker(RoomId room, net::ConnId connection, Listener& speaker) {
  if (worker_.connections().find(connection) == nullptr) return;
  if (Entry* entry = find(room)) entry->feed->resume_speaker(speaker);
}

bool Fanout::swamped() const {
  return expected_.load(std::memory_order_relaxed) > options_.log_bytes / 8;
}

void Fanout::on_timer(net::Timer&) {
  bool unread = false;
  bool raised = false;
  for (std::size_t index = 0; index < entries_.size(); ++index) {
    RoomFeed* feed = entries_[index].feed.get();
    if (feed == nullptr) continue;
    if (feed->tend(worker_.loop().now())) observer_.on_relieved(static_cast<RoomId>(index));
    unread = unread || !feed->empty();
    raised = raised || feed->raised();
  }
  if (unread) tend_timer_.arm(raised ? kBetweenTendingRaised : kBetweenTending);
}

Fanout::Entry* Fanout::find(RoomId room) {
  const auto index = static_cast<std::size_t>(room);
  if (index >= entries_.size() || !entries_[index].feed) return nullptr;
  return &entries_[index];
}

}  // namespace chatd::chat
