#pragma once
// Congestion: whether a room's readers keep up, as those who speak in it must know, and how many
// they are in all. Owned by the
// Room; any thread. Each worker whose readers have fallen behind raises it once and clears it once.

#include <atomic>
#include <cstddef>

namespace chatd::chat {

class Congestion {
 public:
  void raise() { workers_.fetch_add(1); }
  // True when this was the last worker: those who wait may go on.
  [[nodiscard]] bool clear() { return workers_.fetch_sub(1) == 1; }
  bool raised() const { return workers_.load() > 0; }

  void add_reader() { readers_.fetch_add(1, std::memory_order_relaxed); }
  void remove_reader() { readers_.fetch_sub(1, std::memory_order_relaxed); }
  std::size_t readers() const { return readers_.load(std::memory_order_relaxed); }

 private:
  // Sequentially consistent: who sees it raised and waits, waits before the one who clears it says
  // so.
  std::atomic<int> workers_{0};
  std::atomic<std::size_t> readers_{0};  // a reading; it orders nothing
};

}  // namespace chatd::chat
