#include "chat/roster.h"

#include <iterator>

namespace chatd::chat {

namespace {

constexpr std::chrono::seconds kBetweenSweeps{1};

}  // namespace

Roster::Roster(const TimeSource& time, const RosterLimits& limits) : time_(time), limits_(limits) {}

Roster::Claim Roster::claim(const Login& login, std::string_view visitor) {
  MutexLock lock(mutex_);
  const auto found = holders_.find(login.nickname.key);
  if (found != holders_.end()) {
    if (!expired(found->second, time_.steady())) return Claim::Taken;
    if (found->second.signature == login.signature) return Claim::Spent;
  }
  if (revoked_.contains(login.signature)) return Claim::Spent;
  return take(login, visitor);
}

std::optional<MemberId> Roster::resume(const Login& login, std::string_view visitor) {
  MutexLock lock(mutex_);
  const auto now = time_.steady();
  if (revoked_.contains(login.signature)) return std::nullopt;
  if (Holder* holder = find(login)) {
    holder->last_seen = now;
    return holder->member;
  }
  const auto found = holders_.find(login.nickname.key);
  if (found != holders_.end() && !expired(found->second, now)) return std::nullopt;
  if (take(login, visitor) != Claim::Granted) return std::nullopt;
  return last_member_;
}

Roster::Entrance Roster::open_socket(const std::string& key, MemberId member) {
  MutexLock lock(mutex_);
  Holder* holder = find(key, member);
  if (holder == nullptr || holder->logging_out) return Entrance::LoggedOut;
  if (holder->sockets == limits_.sockets_per_login) return Entrance::TooMany;
  ++holder->sockets;
  stop_waiting(*holder);
  return Entrance::Opened;
}

void Roster::close_socket(const std::string& key, MemberId member) {
  MutexLock lock(mutex_);
  Holder* holder = find(key, member);
  if (holder == nullptr || holder->sockets == 0) return;
  --holder->sockets;
  holder->last_seen = time_.steady();
}

std::size_t Roster::size() const {
  MutexLock lock(mutex_);
  return holders_.size();
}

bool Roster::holds(const std::string& key, MemberId member) {
  MutexLock lock(mutex_);
  const Holder* holder = find(key, member);
  return holder != nullptr && !holder->logging_out;
}

std::optional<MemberId> Roster::revoke(const Login& login) {
  MutexLock lock(mutex_);
  remember_revoked(login.signature);
  Holder* holder = find(login);
  if (holder == nullptr) return std::nullopt;
  holder->logging_out = true;
  return holder->member;
}

std::optional<MemberId> Roster::release(const Login& login) {
  MutexLock lock(mutex_);
  remember_revoked(login.signature);
  Holder* holder = find(login);
  if (holder == nullptr) return std::nullopt;
  const MemberId member = holder->member;
  stop_waiting(*holder);
  holders_.erase(login.nickname.key);
  return member;
}

bool Roster::expired(const Holder& holder, std::chrono::steady_clock::time_point now) const {
  return holder.sockets == 0 && now - holder.last_seen >= limits_.grace;
}

// What this login holds; null if it holds nothing.
Roster::Holder* Roster::find(const Login& login) {
  const auto found = holders_.find(login.nickname.key);
  if (found == holders_.end() || found->second.signature != login.signature) return nullptr;
  return &found->second;
}

Roster::Holder* Roster::find(const std::string& key, MemberId member) {
  const auto found = holders_.find(key);
  return found == holders_.end() || found->second.member != member ? nullptr : &found->second;
}

// The name is free, or its holder has stayed away for too long.
Roster::Claim Roster::take(const Login& login, std::string_view visitor) {
  const auto now = time_.steady();
  sweep(now);
  if (holders_.size() >= limits_.names) return Claim::Full;
  const std::string counted(limits_.waiting_per_visitor > 0 ? visitor : "");
  if (is_crowded(counted)) return Claim::Crowded;
  last_member_ = static_cast<MemberId>(static_cast<std::uint64_t>(last_member_) + 1);
  Holder& holder = holders_[login.nickname.key];
  stop_waiting(holder);
  holder = Holder{
      .signature = login.signature, .member = last_member_, .visitor = counted, .last_seen = now};
  if (!counted.empty()) ++waiting_[counted];
  return Claim::Granted;
}

bool Roster::is_crowded(const std::string& visitor) const {
  const auto found = waiting_.find(visitor);
  return found != waiting_.end() && found->second >= limits_.waiting_per_visitor;
}

void Roster::stop_waiting(Holder& holder) {
  const auto found = waiting_.find(holder.visitor);
  holder.visitor.clear();
  if (found != waiting_.end() && --found->second == 0) waiting_.erase(found);
}

// Forgets names that nobody came back for. Looking at all of them is dear, so not at every claim.
void Roster::sweep(std::chrono::steady_clock::time_point now) {
  if (now < next_sweep_) return;
  next_sweep_ = now + kBetweenSweeps;
  for (auto entry = holders_.begin(); entry != holders_.end();) {
    const auto next = std::next(entry);
    if (expired(entry->second, now)) {
      stop_waiting(entry->second);
      holders_.erase(entry);
    }
    entry = next;
  }
}

void Roster::remember_revoked(const std::string& signature) {
  if (const auto found = revoked_.find(signature); found != revoked_.end()) {
    // Said again: remembered from now on, in the place that it has, so that saying it often pushes
    // nobody else out.
    revocations_.splice(revocations_.end(), revocations_, found->second);
    return;
  }
  revoked_[signature] = revocations_.insert(revocations_.end(), signature);
  if (revocations_.size() <= limits_.names) return;
  revoked_.erase(revocations_.front());
  revocations_.pop_front();
}

}  // namespace chatd::chat
