#include "chat/fanout.h"

#include <utility>

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

std::unique_ptr<RoomFeed>& Fanout::Entry::feed_of(const Listener& listener) {
  return listener.session().takes_deflated_frames() ? deflated : plain;
}

template <typename Function>
void Fanout::Entry::each(Function function) {
  if (plain) function(*plain);
  if (deflated) function(*deflated);
}

void Fanout::enter(RoomId room, Congestion& congestion, Listener& listener) {
  worker_.loop().assert_here();
  const auto index = static_cast<std::size_t>(room);
  while (index >= entries_.size()) entries_.emplace_back(options_.max_delay);
  std::unique_ptr<RoomFeed>& feed = entries_[index].feed_of(listener);
  if (!feed) feed = std::make_unique<RoomFeed>(congestion, options_.log_bytes);
  feed->enter(listener);
}

void Fanout::leave(RoomId room, Listener& listener) {
  worker_.loop().assert_here();
  if (Entry* entry = find(room)) entry->feed_of(listener)->leave(listener);
}

void Fanout::start(RoomId room, net::ConnId connection, Listener& listener) {
  worker_.loop().assert_here();
  if (worker_.connections().find(connection) == nullptr) return;
  if (Entry* entry = find(room)) entry->feed_of(listener)->start(listener);
}

void Fanout::deliver(RoomId room, const ws::PreparedMessage& message, MemberId author,
                     Interval interval) {
  worker_.loop().assert_here();
  expected_.fetch_sub(weight(message), std::memory_order_relaxed);
  Entry* entry = find(room);
  if (entry == nullptr) return;
  const auto now = worker_.loop().now();
  entry->each([&](RoomFeed& feed) {
    if (feed.listeners() == 0) return;
    const bool is_plain = &feed == entry->plain.get();
    feed.append((is_plain ? message.frame() : message.deflated_frame()).view(), author, now);
  });
  if (!tend_timer_.armed()) tend_timer_.arm(kBetweenTending);
  if (set_pace(*entry, interval)) send_when_due(room, *entry);
}

// False if nobody here is in the room any more.
bool Fanout::set_pace(Entry& entry, Interval interval) {
  Pace::Members members;
  entry.each([&](const RoomFeed& feed) {
    members.here += feed.listeners();
    members.all = feed.congestion().readers();
  });
  if (members.here == 0) return false;
  const auto cost = worker_.connections().write_cost();
  entry.pace.on_message(worker_.loop().now(), members, cost, interval);
  return true;
}

void Fanout::send_when_due(RoomId room, Entry& entry) {
  if (entry.deferred) return;
  if (entry.pace.due() > worker_.loop().now()) return call_when_due(room, entry);
  entry.deferred = true;
  worker_.loop().defer([this, room] { send_room(room); });
}

// At the earliest in the next tick.
void Fanout::call_when_due(RoomId room, Entry& entry) {
  const Pace::Time due = entry.pace.due();
  if (due >= entry.called_for) return;
  entry.called_for = due;
  // By then more may have come, and put it off or sent it.
  worker_.loop().call_at(due, [this, room, due] {
    Entry& called = *find(room);
    if (called.called_for == due) called.called_for = Pace::Time::max();
    if (called.pace.pending()) send_when_due(room, called);
  });
}

void Fanout::send_room(RoomId room) {
  Entry& entry = *find(room);
  entry.deferred = false;
  const Pace::Share share = entry.pace.take(worker_.loop().now());
  entry.each([&](RoomFeed& feed) { feed.wake(share); });
  if (entry.pace.pending()) call_when_due(room, entry);
}

void Fanout::evict(RoomId room, MemberId member) {
  worker_.loop().assert_here();
  if (Entry* entry = find(room)) entry->each([=](RoomFeed& feed) { feed.evict(member); });
}

void Fanout::hold(RoomId room, Listener& speaker) {
  worker_.loop().assert_here();
  if (Entry* entry = find(room)) entry->feed_of(speaker)->hold(speaker);
}

void Fanout::resume_speakers(RoomId room) {
  worker_.loop().assert_here();
  if (Entry* entry = find(room)) entry->each([](RoomFeed& feed) { feed.resume_speakers(); });
}

void Fanout::expect(const ws::PreparedMessage& message) {
  expected_.fetch_add(weight(message), std::memory_order_relaxed);
}

void Fanout::resume_speaker(RoomId room, net::ConnId connection, Listener& speaker) {
  if (worker_.connections().find(connection) == nullptr) return;
  if (Entry* entry = find(room)) entry->feed_of(speaker)->resume_speaker(speaker);
}

bool Fanout::swamped() const {
  return expected_.load(std::memory_order_relaxed) > options_.log_bytes / 8;
}

void Fanout::on_timer(net::Timer&) {
  bool unread = false;
  bool raised = false;
  for (std::size_t index = 0; index < entries_.size(); ++index) {
    entries_[index].each([&](RoomFeed& feed) {
      if (feed.tend(worker_.loop().now())) observer_.on_relieved(static_cast<RoomId>(index));
      unread = unread || !feed.empty();
      raised = raised || feed.raised();
    });
  }
  if (unread) {
    tend_timer_.arm(raised ? kBetweenTendingRaised : kBetweenTending);
  } else {
    deflater_.release();
  }
}

Fanout::Entry* Fanout::find(RoomId room) {
  const auto index = static_cast<std::size_t>(room);
  return index < entries_.size() ? &entries_[index] : nullptr;
}

}  // namespace chatd::chat
