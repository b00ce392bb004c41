#include "chat/listener.h"

#include <algorithm>

namespace chatd::chat {

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

void Listener::pass_over(std::uint64_t begin) {
  const std::uint64_t end = log_->head();
  if (cursor_ == begin) {
    cursor_ = end;
  } else if (own_ && own_->back().end == begin) {
    own_->back().end = end;
  } else {
    if (!own_) own_ = std::make_unique<Stretches>();
    own_->push_back({begin, end});
  }
}

std::size_t Listener::peek(std::span<iovec> slices, Extent extent) const {
  if (log_ == nullptr) return 0;
  if (extent == Extent::Frame) return log_->slices(cursor_, log_->frame_end(cursor_), slices);
  if (!own_) return log_->slices(cursor_, log_->head(), slices);
  std::size_t filled = 0;
  std::uint64_t from = cursor_;
  for (const Stretch& own : *own_) {
    filled += log_->slices(from, own.begin, slices.subspan(filled));
    from = own.end;
  }
  return filled + log_->slices(from, log_->head(), slices.subspan(filled));
}

void Listener::advance(std::size_t bytes) {
  if (own_) {
    auto passed = own_->begin();
    while (passed != own_->end() && bytes >= passed->begin - cursor_) {
      bytes -= static_cast<std::size_t>(passed->begin - cursor_);
      cursor_ = passed->end;
      ++passed;
    }
    own_->erase(own_->begin(), passed);
    if (own_->empty()) own_.reset();
  }
  cursor_ += bytes;
  mid_frame_ = cursor_ != log_->head() && log_->frame_end(cursor_) != cursor_;
}

}  // namespace chatd::chat
