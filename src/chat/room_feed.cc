#include "chat/room_feed.h"

#include "base/log.h"

#include <algorithm>
#include <cassert>
#include <span>

namespace chatd::chat {

namespace {

// How long the few may hold up the many, and how long anyone may read nothing at all.
constexpr std::chrono::seconds kPatience{1};
// "Few" is at most one in this many of all who read the room, here and on other workers.
constexpr std::size_t kFew = 4;
// Who reads less than this part of the log in that time reads next to nothing.
constexpr std::size_t kLeastPart = 4096;

}  // namespace

RoomFeed::RoomFeed(Congestion& congestion, std::size_t log_bytes)
    : congestion_(congestion), log_bytes_(log_bytes), log_(2 * log_bytes) {}

RoomFeed::~RoomFeed() { assert(listeners_.empty()); }

void RoomFeed::enter(Listener& listener) {
  listener.index_ = static_cast<std::uint32_t>(listeners_.size());
  listener.entered_ = true;
  listeners_.push_back(&listener);
  congestion_.add_reader();
  Listener*& first = by_member_[listener.member()];
  listener.same_member_ = first;
  first = &listener;
}

void RoomFeed::start(Listener& listener) {
  if (listener.entered_ && !listener.session().closing()) listener.start(log_);
}

void RoomFeed::leave(Listener& listener) {
  if (!listener.entered_) return;
  listener.stop();
  unlink(listener);
}

void RoomFeed::append(std::string_view frame, MemberId author, net::Clock::time_point now) {
  if (log_.head() - log_.tail() + frame.size() > log_bytes_) make_room();
  const std::uint64_t begin = log_.head();
  log_.append(frame);
  if (const auto found = by_member_.find(author); found != by_member_.end()) {
    Listener* next = nullptr;
    for (Listener* own = found->second; own != nullptr; own = next) {
      next = own->same_member_;
      if (own->started() && !own->pass_over(begin)) cut_off(*own);
    }
  }
  // The slowest of many is not looked for at every message.
  if (log_.head() - checked_head_ < log_bytes_ / 16) return;
  checked_head_ = log_.head();
  // What all have read goes now, so that what is written next is in memory that is warm.
  log_.release_before(slowest(Readers::All));
  const bool is_half_full = log_.head() - log_.tail() > log_bytes_ / 2;
  if (is_half_full && !raised_ && lag(Readers::NotStalled) > log_bytes_ / 2) raise(now);
}

void RoomFeed::wake(const Pace::Share& share) {
  const std::size_t size = listeners_.size();
  const std::size_t even = (size + share.of - 1) / share.of;
  // Shares keep their bounds until the first has its turn, and move them up only: so who enters
  // makes nobody fall between two of them.
  if (share.of != shares_) {
    shares_ = share.of;
    share_size_ = even;
  } else if (share.index == 0) {
    share_size_ = std::max(share_size_, even);
  }
  const bool is_last = share.index + 1 == share.of;
  const std::size_t begin = std::min(share.index * share_size_, size);
  const std::size_t end = is_last ? size : std::min(begin + share_size_, size);
  for (Listener* listener : std::span(listeners_).subspan(begin, end - begin)) {
    if (has_unread(*listener)) listener->wake();
  }
}

bool RoomFeed::has_unread(const Listener& listener) const {
  return listener.started() && listener.cursor() != log_.head();
}

void RoomFeed::evict(MemberId member) {
  const auto found = by_member_.find(member);
  if (found == by_member_.end()) return;
  // close() calls nobody back, so the chain stays as it is meanwhile.
  for (Listener* own = found->second; own != nullptr; own = own->same_member_) {
    own->session().close(ws::CloseCode::Normal, "logged out");
  }
}

bool RoomFeed::tend(net::Clock::time_point now) {
  log_.release_before(slowest(Readers::All));
  checked_head_ = log_.head();
  look_for_stalls(now);
  if (!raised_) return false;
  if (now >= next_cut_) cut_off_hinderers(now);
  if (lag(Readers::NotStalled) > log_bytes_ / 4) return false;
  raised_ = false;
  return congestion_.clear();
}

void RoomFeed::hold(Listener& speaker) {
  if (std::find(held_.begin(), held_.end(), &speaker) != held_.end()) return;
  speaker.session().pause();
  held_.push_back(&speaker);
}

void RoomFeed::resume_speakers() {
  for (Listener* speaker : held_) speaker->session().resume();
  held_.clear();
}

void RoomFeed::resume_speaker(Listener& speaker) {
  if (std::erase(held_, &speaker) > 0) speaker.session().resume();
}

std::uint64_t RoomFeed::slowest(Readers of) {
  std::uint64_t slowest = log_.head();
  for (Listener* listener : listeners_) {
    if (!listener->started()) continue;
    // Who says goodbye reads no more, and must not keep the log.
    if (listener->session().closing()) {
      listener->stop();
    } else if (of == Readers::All || !listener->stalls()) {
      slowest = std::min(slowest, listener->cursor());
    }
  }
  return slowest;
}

// While nobody is held back, who has something to read and does not move in this time stalls.
void RoomFeed::look_for_stalls(net::Clock::time_point now) {
  if (raised_ || now < next_look_) return;
  next_look_ = now + kPatience;
  for (Listener* listener : listeners_) {
    listener->stood_still_ = has_unread(*listener) && listener->cursor() == listener->milestone_;
    listener->milestone_ = listener->cursor();
  }
}

// The log is full. If it is full of what somebody has still to read, that somebody is cut off
// before the bytes go; and many bytes at once, because looking for them takes time. First of all
// those who stall.
void RoomFeed::make_room() {
  const std::uint64_t line = log_.head() - std::min<std::uint64_t>(log_.head(), log_bytes_ / 2);
  const auto full = [this] { return lag(Readers::All) > log_bytes_ / 4 * 3; };
  if (full()) cut_off_behind(line, [](const Listener& each) { return each.stalls(); });
  if (full()) cut_off_behind(line, [](const Listener&) { return true; });
  log_.release_before(slowest(Readers::All));
}

template <typename Hinders>
void RoomFeed::cut_off_behind(std::uint64_t line, Hinders hinders) {
  std::vector<Listener*> behind;
  std::copy_if(listeners_.begin(), listeners_.end(), std::back_inserter(behind),
               [&](const Listener* each) {
                 return each->started() && each->cursor() < line && hinders(*each);
               });
  for (Listener* listener : behind) cut_off(*listener);
}

void RoomFeed::raise(net::Clock::time_point now) {
  raised_ = true;
  next_cut_ = now + kPatience;
  for (Listener* listener : listeners_) listener->milestone_ = listener->cursor();
  congestion_.raise();
}

// After a time of patience: if those far behind are few, they go. If they are many, those go who
// have read next to nothing meanwhile.
void RoomFeed::cut_off_hinderers(net::Clock::time_point now) {
  next_cut_ = now + kPatience;
  const std::uint64_t line = log_.head() - std::min<std::uint64_t>(log_.head(), log_bytes_ / 4);
  const auto behind =
      static_cast<std::size_t>(std::ranges::count_if(listeners_, [line](const Listener* each) {
        return each->started() && each->cursor() < line && !each->stalls();
      }));
  const bool few = behind <= congestion_.readers() / kFew;
  cut_off_behind(line, [&](const Listener& each) {
    if (each.stalls()) return false;
    return few || each.cursor() - each.milestone_ < log_bytes_ / kLeastPart;
  });
  for (Listener* listener : listeners_) listener->milestone_ = listener->cursor();
}

void RoomFeed::cut_off(Listener& listener) {
  log_warn("reader_cut_off conn=%u/%u behind=%zu", unsigned{listener.id().worker},
           listener.id().slot, static_cast<std::size_t>(log_.head() - listener.cursor()));
  listener.stop();
  listener.session().close(ws::CloseCode::TryAgainLater, "reading too slowly");
  unlink(listener);
}

void RoomFeed::unlink(Listener& listener) {
  listener.entered_ = false;
  congestion_.remove_reader();
  Listener& moved = *listeners_.back();
  moved.index_ = listener.index_;
  listeners_[moved.index_] = &moved;
  listeners_.pop_back();
  // It may come to a share that has just had its turn.
  if (&moved != &listener && has_unread(moved)) moved.wake();
  std::erase(held_, &listener);
  const auto found = by_member_.find(listener.member());
  Listener** link = &found->second;
  while (*link != &listener) link = &(*link)->same_member_;
  *link = listener.same_member_;
  if (found->second == nullptr) by_member_.erase(found);
}

}  // namespace chatd::chat
