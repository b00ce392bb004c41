#include "net/outbox.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace chatd::net {

namespace {

// Small pieces are gathered into one until it has this size: an iovec costs more than their copy.
constexpr std::size_t kGatheredBytes = 4096;
// A reference pays only above this size.
constexpr std::size_t kCopiedBytes = 512;

}  // namespace

void Outbox::append(std::string_view bytes) {
  if (bytes.empty()) return;
  Queue& queue = this->queue();
  queue.size += bytes.size();
  auto* last = queue.pieces.empty() ? nullptr : std::get_if<std::string>(&queue.pieces.back());
  if (last != nullptr && last->size() + bytes.size() <= kGatheredBytes) {
    last->append(bytes);
  } else {
    queue.pieces.emplace_back(std::string(bytes));
  }
}

void Outbox::append(SharedBuffer bytes) {
  if (bytes.size() <= kCopiedBytes) return append(bytes.view());
  Queue& queue = this->queue();
  queue.size += bytes.size();
  queue.pieces.emplace_back(std::move(bytes));
}

void Outbox::prepend(std::string_view bytes) {
  if (bytes.empty()) return;
  Queue& queue = this->queue();
  assert(queue.sent_of_first == 0);
  queue.size += bytes.size();
  queue.pieces.emplace_front(std::string(bytes));
}

std::size_t Outbox::peek(std::span<iovec> slices) const {
  if (!queue_) return 0;
  std::size_t filled = 0;
  std::size_t skip = queue_->sent_of_first;
  for (const Piece& piece : queue_->pieces) {
    if (filled == slices.size()) break;
    const std::string_view left = view(piece).substr(std::exchange(skip, 0));
    slices[filled++] = {const_cast<char*>(left.data()), left.size()};
  }
  return filled;
}

void Outbox::advance(std::size_t count) {
  if (count == 0) return;
  assert(count <= size());
  queue_->size -= count;
  if (queue_->size == 0) return clear();
  count += queue_->sent_of_first;
  while (count >= view(queue_->pieces.front()).size()) {
    count -= view(queue_->pieces.front()).size();
    queue_->pieces.pop_front();
  }
  queue_->sent_of_first = count;
}

std::string_view Outbox::view(const Piece& piece) {
  if (const auto* own = std::get_if<std::string>(&piece)) return *own;
  return std::get<SharedBuffer>(piece).view();
}

Outbox::Queue& Outbox::queue() {
  if (!queue_) queue_ = std::make_unique<Queue>();
  return *queue_;
}

}  // namespace chatd::net
