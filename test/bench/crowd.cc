#include "bench/crowd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <stdexcept>
#include <system_error>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace chatd::bench {

namespace {

// Members that are let in at a time: a server's backlog is shorter than a crowd.
constexpr std::size_t kEntering = 100;
constexpr std::size_t kScratchBytes = std::size_t{256} << 10;
// All have been told of all when nothing has come for so long.
constexpr std::chrono::milliseconds kQuiet{300};

constexpr int kStalledWindowBytes = 4096;

constexpr std::string_view kSays = "说:";
constexpr std::string_view kNotice = "~~~";

// Three letters and five digits.
constexpr std::size_t kNicknameBytes = 8;
constexpr std::size_t kSpeakerDigits = 4;

std::string letters_of_run() {
  std::uint64_t seed = static_cast<std::uint64_t>(Clock::now().time_since_epoch().count()) ^
                       static_cast<std::uint64_t>(::getpid()) << 20;
  std::string letters;
  for (int i = 0; i < 3; ++i) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    letters += static_cast<char>('a' + (seed >> 33) % 26);
  }
  return letters;
}

std::size_t text_bytes(const CrowdOptions& options) {
  const std::size_t prefix = options.login != Login::None ? kNicknameBytes + kSays.size() : 0;
  return options.bytes > prefix ? options.bytes - prefix : 0;
}

}  // namespace

Crowd::Crowd(const CrowdOptions& options)
    : options_(options),
      run_(letters_of_run()),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      ledger_(options.members, options.speakers, options.members - options.stalled,
              text_bytes(options)),
      scratch_(kScratchBytes) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  members_.reserve(options.members);
  watched_.reserve(options.members);
}

std::string Crowd::nickname(std::size_t index) const {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%05zu", index);
  return run_ + digits;
}

void Crowd::enter(std::size_t count, std::chrono::seconds patience) {
  const auto deadline = Clock::now() + patience;
  while (open_ < count) {
    open_some(count);
    poll(std::chrono::milliseconds{100});
    if (Clock::now() > deadline) {
      throw std::runtime_error("only " + std::to_string(open_) + " members got in in time");
    }
  }
  settle(deadline);
}

void Crowd::open_some(std::size_t count) {
  while (members_.size() < count && members_.size() < open_ + kEntering) {
    const std::size_t index = members_.size();
    add({.login = options_.login,
         .nickname = nickname(index),
         .cookie = index < cookies_.size() ? cookies_[index] : std::string(),
         .offers_deflate = options_.deflate});
  }
}

void Crowd::add(Member::Entrance entrance) {
  members_.emplace_back(options_.target, std::move(entrance));
  watched_.push_back(0);
  watch(members_.size() - 1, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

void Crowd::log_in(std::chrono::seconds patience) {
  const auto deadline = Clock::now() + patience;
  while (cookies_.size() < options_.members) log_in_some(cookies_.size(), deadline);
}

// As many as enter at a time.
void Crowd::log_in_some(std::size_t first, Clock::time_point deadline) {
  const std::size_t end = std::min(first + kEntering, options_.members);
  for (std::size_t index = first; index < end; ++index) {
    add({.login = Login::First,
         .nickname = nickname(index),
         .cookie = {},
         .offers_deflate = false});
  }
  const auto has_cookie = [](const Member& member) { return !member.cookie().empty(); };
  while (!std::ranges::all_of(members_, has_cookie)) {
    poll(std::chrono::milliseconds{100});
    if (Clock::now() > deadline) throw std::runtime_error("the logins take too long");
  }
  for (const Member& member : members_) cookies_.push_back(member.cookie());
  members_.clear();
  watched_.clear();
}

void Crowd::settle(Clock::time_point deadline) {
  auto quiet_since = Clock::now();
  while (Clock::now() - quiet_since < kQuiet) {
    const std::uint64_t before = notices_;
    poll(kQuiet);
    if (notices_ != before) quiet_since = Clock::now();
    if (Clock::now() > deadline) throw std::runtime_error("the notices of entering do not end");
  }
}

void Crowd::say(std::size_t index, Clock::time_point intended) {
  members_[index].say(ledger_.say(index, intended));
  dirty_.push_back(index);
}

void Crowd::flush() {
  for (const std::size_t index : dirty_) {
    if (!members_[index].flush()) watch(index, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
  }
  dirty_.clear();
}

void Crowd::poll(std::chrono::nanoseconds wait) {
  std::array<epoll_event, 512> events;  // NOLINT: the kernel fills it
  // Below a millisecond epoll cannot wait; the open-loop schedule needs it exact.
  const timespec time{.tv_sec = wait.count() / 1'000'000'000,
                      .tv_nsec = wait.count() % 1'000'000'000};
  const int ready = ::epoll_pwait2(epoll_.get(), events.data(), events.size(), &time, nullptr);
  if (ready < 0 && errno != EINTR) {
    throw std::system_error(errno, std::generic_category(), "epoll_pwait2");
  }
  for (int at = 0; at < ready; ++at) {
    const epoll_event& event = events[static_cast<std::size_t>(at)];
    serve(static_cast<std::size_t>(event.data.u64), event.events);
  }
}

void Crowd::serve(std::size_t index, std::uint32_t events) {
  Member& member = members_[index];
  const bool was_open = member.state() == Member::State::Open;
  if (was_open && (events & EPOLLIN) == 0 && (events & EPOLLOUT) != 0) {
    if (member.flush()) watch(index, EPOLL_CTL_MOD, EPOLLIN);
    return;
  }
  const auto now = Clock::now();
  member.on_ready(scratch_, [&](const Frame& frame) { hear(index, frame, now); });
  const bool is_open = member.state() == Member::State::Open;
  if (is_open && !was_open) ++open_;
  if (!member.cookie().empty() && options_.login == Login::First) return;  // it has what it wanted
  if (member.state() == Member::State::Closed) {
    throw std::runtime_error("member " + std::to_string(index) + ": " + member.complaint());
  }
  const bool all_sent = member.flush();
  // A handshake waits for the server's bytes, not for room.
  watch(index, EPOLL_CTL_MOD, all_sent || !is_open ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

void Crowd::hear(std::size_t listener, const Frame& frame, Clock::time_point now) {
  if (frame.opcode == 9) return members_[listener].answer_ping(frame.payload);
  if (frame.opcode == 8)
    throw std::runtime_error(
        "member " + std::to_string(listener) + " was closed: " +
        std::string(frame.payload.substr(std::min<std::size_t>(2, frame.payload.size()))));
  if (!frame.sound || !frame.final || frame.opcode != 1) return ledger_.hear(listener, {}, now);
  hear_text(listener, frame.deflated ? inflated_.inflate(frame.payload) : frame.payload, now);
}

void Crowd::hear_text(std::size_t listener, std::string_view text, Clock::time_point now) {
  if (options_.login == Login::None) return ledger_.hear(listener, text, now);
  if (text.starts_with(kNotice)) {
    ++notices_;
    return;
  }
  // Somebody else's talk, on a server that others use too, is not ours to judge.
  if (!text.starts_with(run_)) return;
  const std::size_t prefix = kNicknameBytes + kSays.size();
  const std::string_view said = text.substr(std::min(prefix, text.size()));
  const bool sound = text.size() > prefix + kSpeakerDigits &&
                     text.substr(kNicknameBytes, kSays.size()) == kSays &&
                     text.substr(kNicknameBytes - kSpeakerDigits, kSpeakerDigits) ==
                         said.substr(0, kSpeakerDigits);
  ledger_.hear(listener, sound ? said : std::string_view{}, now);
}

void Crowd::stall() {
  for (std::size_t index = options_.members - options_.stalled; index < options_.members; ++index) {
    watch(index, EPOLL_CTL_MOD, 0);
    // Else their own kernel would read on for them, megabytes each.
    const int bytes = kStalledWindowBytes;
    ::setsockopt(members_[index].fd(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
}

void Crowd::resume() {
  for (std::size_t index = options_.members - options_.stalled; index < options_.members; ++index) {
    watch(index, EPOLL_CTL_MOD, EPOLLIN);
  }
}

bool Crowd::all_deflate() const {
  return std::all_of(members_.begin(), members_.end(),
                     [](const Member& member) { return member.deflates(); });
}

void Crowd::watch(std::size_t index, int operation, std::uint32_t events) {
  if (operation == EPOLL_CTL_MOD && watched_[index] == events) return;
  epoll_event event{};
  event.events = events;
  event.data.u64 = index;
  if (::epoll_ctl(epoll_.get(), operation, members_[index].fd(), &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
  watched_[index] = events;
}

}  // namespace chatd::bench
