#include "chat/listener.h"

#include <algorithm>

namespace chatd::chat {

namespace {

// Turns of its own among those of others that a member may have still to read.
constexpr std::size_t kMaxStretches = 4096;

}  // namespace

void Listener::start(const ws::FrameLog& log) {
  log_ = &log;
  cursor_ = log.head();
  session_.connection().attach_feed(*this);
}

void Listener::stop() {
  if (log_ == nullptr) return;
  session_.connection().detach_feed();
  log_ = nullptr;
  own_.reset();
  mid_frame_ = false;
}

bool Listener::pass_over(std::uint64_t begin) {
  const std::uint64_t end = log_->head();
  if (cursor_ == begin) {
    cursor_ = end;
  } else if (own_ && own_->back().end == begin) {
    own_->back().end = end;
  } else {
    if (!own_) own_ = std::make_unique<Stretches>();
    if (own_->size() == kMaxStretches) return false;
    own_->push_back({begin, end});
  }
  return true;
}

std::size_t Listener::peek(std::span<iovec> slices, Extent extent) const {
  if (log_ == nullptr) return 0;
  if (extent == Extent::Frame) return log_->slices(cursor_, log_->frame_end(cursor_), slices);
  if (!own_) return log_->slices(cursor_, log_->head(), slices);
  std::size_t filled = 0;
  std::uint64_t from = cursor_;
  for (const Stretch& own : *own_) {
    if (filled == slices.size()) return filled;
    filled += log_->slices(from, own.begin, slices.subspan(filled));
    from = own.end;
  }
  return filled + log_->slices(from, log_->head(), slices.subspan(filled));
}

void Listener::advance(std::size_t bytes) {
  while (own_ && bytes >= own_->front().begin - cursor_) {
    bytes -= static_cast<std::size_t>(own_->front().begin - cursor_);
    cursor_ = own_->front().end;
    own_->pop_front();
    if (own_->empty()) own_.reset();
  }
  cursor_ += bytes;
  mid_frame_ = cursor_ != log_->head() && log_->frame_end(cursor_) != cursor_;
}

}  // namespace chatd::chat
